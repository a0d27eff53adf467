// SPDX-License-Identifier: Apache-2.0
#include <ease/backend/http/rate_limit.hpp>
#include <vector>

#include "catch.hpp"

using ease::rate_limit;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// Takes `amount` again and again, as soon as it may, and tells when: as a client with more to send than it may.
std::vector<rate_limit::clock::time_point> taken(rate_limit limit, double amount, seconds span) {
  std::vector<rate_limit::clock::time_point> times;
  auto const start = rate_limit::clock::time_point{} + std::chrono::hours{1};
  for (auto now = start; now < start + span;) {
    auto const from = limit.when(amount, now);
    if (from > now) {
      now = std::chrono::ceil<milliseconds>(from);  // as a loop that sleeps in milliseconds wakes
      continue;
    }
    limit.take(amount, now);
    times.push_back(now);
  }
  return times;
}

}  // namespace

TEST_CASE("no minute sees more than the limit, and little less in the long run") {
  auto const limit = GENERATE(1, 3, 59, 60, 61, 100, 600, 7000, 60'000);
  INFO(limit);
  auto const times = taken(rate_limit{static_cast<double>(limit)}, 1, seconds{300});
  auto const count = static_cast<std::size_t>(limit);
  for (std::size_t i = count; i < times.size(); ++i) REQUIRE(times[i] - times[i - count] >= seconds{60});
  CHECK(times.size() >= count * 5 * 97 / 100);
}

TEST_CASE("amounts are limited to within one of them, and what was not used is given back") {
  auto const times = taken(rate_limit{30'000}, 700, seconds{300});
  CHECK(times.size() * 700 <= 150'000 + 1200);
  CHECK(times.size() * 700 >= 145'000);

  rate_limit limit{60'000};  // 1000 a second
  rate_limit::clock::time_point const now{seconds{100}};
  CHECK(limit.when(5000, now) <= now);  // more than it holds: when it is full
  limit.take(5000, now);
  CHECK(limit.when(1, now) > now + seconds{3});
  limit.give_back(4000);
  CHECK(limit.when(1, now) < now + milliseconds{10});
  limit.give_back(-2000);  // it was more than thought
  CHECK(limit.when(1, now) > now + seconds{1});
}

TEST_CASE("no limit is none") {
  rate_limit limit;
  rate_limit::clock::time_point const now{seconds{100}};
  for (int i = 0; i < 100; ++i) {
    CHECK(limit.when(1e6, now) <= now);
    limit.take(1e6, now);
  }
}
