// SPDX-License-Identifier: Apache-2.0
#include <ease/backend/http/retry.hpp>
#include <vector>

#include "catch.hpp"

using std::chrono::milliseconds;

TEST_CASE("Retry-After is seconds or an HTTP date, and anything else is nothing") {
  std::time_t const now = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT (RFC 9110, 5.6.7)
  CHECK(ease::parse_retry_after("120", now) == milliseconds{120'000});
  CHECK(ease::parse_retry_after("0", now) == milliseconds{0});
  CHECK(ease::parse_retry_after("1.5", now) == milliseconds{1500});
  CHECK(ease::parse_retry_after("Sun, 06 Nov 1994 08:49:47 GMT", now) == milliseconds{10'000});
  CHECK(ease::parse_retry_after("Sunday, 06-Nov-94 08:49:47 GMT", now) == milliseconds{10'000});
  CHECK(ease::parse_retry_after("Sun Nov  6 08:49:47 1994", now) == milliseconds{10'000});
  CHECK(ease::parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now) == milliseconds{0});
  for (auto const* const text : {"", "-5", "soon", "nan", "inf", "12x", "1e99999"})
    CHECK_FALSE(ease::parse_retry_after(text, now).has_value());
  CHECK(ease::parse_retry_after("99999999999999999999", now) == milliseconds{1'000'000'000'000});
}

TEST_CASE("waits double from the first to the longest, each drawn from its upper half") {
  ease::back_off draws{{.tries = 12, .first_wait = milliseconds{100}, .longest_wait = milliseconds{1000}}, 7};
  for (int round = 0; round < 200; ++round)
    for (int tries = 1; tries < 12; ++tries) {
      auto const wait = draws.wait(tries);
      auto const full = std::min(100 * (1 << (tries - 1)), 1000);
      REQUIRE(wait.has_value());
      CHECK(wait->count() >= full / 2);
      CHECK(wait->count() <= full);
    }
  CHECK_FALSE(draws.wait(12).has_value());
}

TEST_CASE("a wait that was asked for is kept, spread by a quarter, and refused beyond the limit") {
  ease::back_off draws{{.tries = 3, .longest_asked_wait = milliseconds{5000}}, 7};
  std::vector<long> waits;
  for (int round = 0; round < 100; ++round) waits.push_back(draws.wait(1, milliseconds{4000})->count());
  auto const [least, most] = std::minmax_element(waits.begin(), waits.end());
  CHECK(*least >= 4000);
  CHECK(*most <= 5000);
  CHECK(*most - *least > 500);
  CHECK_FALSE(draws.wait(1, milliseconds{5001}).has_value());
}

TEST_CASE("what a server asks for lengthens a wait and never shortens it") {
  ease::retry_policy const policy{.tries = 8, .first_wait = milliseconds{100}, .longest_wait = milliseconds{1000}};
  ease::back_off draws{policy, 7};
  for (int round = 0; round < 200; ++round)
    for (int tries = 1; tries < policy.tries; ++tries) {
      auto const own = std::min(100 * (1 << (tries - 1)), 1000);
      for (int const asked : {0, 1, 60, 200}) {
        auto const wait = draws.wait(tries, milliseconds{asked});
        REQUIRE(wait.has_value());
        CHECK(wait->count() >= std::max(own / 2, asked));
        CHECK(wait->count() <= std::max(own, asked + asked / 4));
      }
    }
  CHECK_FALSE(draws.wait(8, milliseconds{0}).has_value());
}

TEST_CASE("only statuses that may pass are tried again") {
  for (long const status : {408, 409, 425, 429, 500, 502, 503, 504, 529}) CHECK(ease::is_transient_status(status));
  for (long const status : {200, 301, 400, 401, 403, 404, 413, 422, 501, 505})
    CHECK_FALSE(ease::is_transient_status(status));
}
