// SPDX-License-Identifier: Apache-2.0
#include <ease/backend/http/server_pool.hpp>

#include "catch.hpp"

using ease::server_pool;
using std::chrono::seconds;

namespace {
server_pool::clock::time_point const now{seconds{1000}};
}

TEST_CASE("the server with the least in flight is next, and equals take turns") {
  server_pool pool{3};
  std::vector<std::size_t> in_flight{2, 1, 2};
  CHECK(pool.choose(in_flight, 4, now).server == 1);
  CHECK(pool.choose(in_flight, 4, now, 1).server == 0);  // not where it has just failed
  in_flight = {4, 1, 4};
  CHECK(pool.choose(in_flight, 4, now, 1).server == 1);  // unless there is no other
  in_flight = {4, 4, 4};
  auto const none = pool.choose(in_flight, 4, now);
  CHECK_FALSE(none.server.has_value());
  CHECK(none.until == server_pool::clock::time_point::max());
  in_flight = {0, 0, 0};
  std::vector<std::size_t> turns;
  for (int i = 0; i < 6; ++i) {
    turns.push_back(*pool.choose(in_flight, 4, now).server);
    pool.took(turns.back());
  }
  CHECK(turns == std::vector<std::size_t>{0, 1, 2, 0, 1, 2});
}

TEST_CASE("repeated failures open the breaker and each failed trial opens it for longer") {
  server_pool pool{2};
  std::vector<std::size_t> in_flight{0, 3};
  CHECK_FALSE(pool.failed(0, now));
  CHECK_FALSE(pool.failed(0, now));
  CHECK(pool.failed(0, now) == seconds{5});
  CHECK_FALSE(pool.failed(0, now));  // requests that were in flight do not open it for longer
  CHECK(pool.choose(in_flight, 4, now + seconds{4}).server == 1);
  in_flight[1] = 4;
  CHECK(pool.choose(in_flight, 4, now + seconds{4}).until == now + seconds{5});
  CHECK(pool.choose(in_flight, 4, now + seconds{5}).server == 0);
  in_flight[0] = 1;
  CHECK_FALSE(pool.choose(in_flight, 4, now + seconds{5}).server);  // one is enough to try it
  CHECK(pool.failed(0, now + seconds{6}) == seconds{10});
  pool.worked(0);
  CHECK(pool.choose(in_flight, 4, now + seconds{6}).server == 0);
  CHECK_FALSE(pool.failed(0, now + seconds{7}));
}

TEST_CASE("open breakers are ignored where all are open but not what a server asked for") {
  server_pool pool{2};
  std::vector<std::size_t> const in_flight{0, 0};
  for (int i = 0; i < 3; ++i) pool.failed(0, now), pool.failed(1, now);
  CHECK(pool.choose(in_flight, 4, now).server.has_value());
  pool.hold(0, now + seconds{30});
  CHECK(pool.choose(in_flight, 4, now).server == 1);
  pool.hold(1, now + seconds{20});
  auto const none = pool.choose(in_flight, 4, now);
  CHECK_FALSE(none.server);
  CHECK(none.until == now + seconds{20});
}

TEST_CASE("a single server is never paused and one that is left out gets nothing") {
  server_pool alone{1};
  std::vector<std::size_t> const one{0};
  for (int i = 0; i < 100; ++i) CHECK_FALSE(alone.failed(0, now));
  CHECK(alone.choose(one, 4, now).server == 0);
  server_pool pool{2};
  std::vector<std::size_t> const in_flight{0, 0};
  CHECK(pool.leave_out(0, "no such model"));
  CHECK(pool.choose(in_flight, 4, now).server == 1);
  CHECK_FALSE(pool.leave_out(1, "no such model"));
  CHECK_FALSE(pool.choose(in_flight, 4, now).server);
}
