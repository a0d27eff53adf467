// SPDX-License-Identifier: Apache-2.0
#pragma once
// A share of a server's answers spoilt, in every way that a network, a proxy and an overloaded server have: which ones
// depends on their number alone, so that a run can be repeated.
#include <array>
#include <cstddef>
#include <cstdint>
#include <ease/core/random.hpp>
#include <string>
#include <utility>

#include "backend/loopback_server.hpp"

namespace ease::test {

class fault_schedule {
 public:
  // Of each 100 answers `percent` are spoilt; a tenth of those are storms of 429, the others come one by one.
  explicit fault_schedule(std::size_t percent) : percent_{percent} {}

  // The `nth` answer as it is sent. `drip` is the pause of slow bytes, between each of ten parts.
  [[nodiscard]] reaction operator()(std::size_t nth, reaction whole,
                                    std::chrono::milliseconds drip = std::chrono::milliseconds{10}) const {
    constexpr std::size_t round = 2000;
    if (nth % round < percent_ * round / 1000)
      return {.status = 429, .body = R"({"error":{"message":"slow down"}})", .headers = {"Retry-After: 0"}};
    std::uint64_t const lot = draw(nth);
    if (lot % 1000 >= 9 * percent_) return whole;
    auto const with = [&](fault how) {
      whole.how = how;
      return std::move(whole);
    };
    switch (lot / 1000 % kinds) {
      case 0:
        return with(fault::reset);
      case 1:
        return with(fault::close);
      case 2:
        return with(fault::half_body);
      case 3:
        return with(fault::short_length);
      case 4:
        return with(fault::half_chunked);
      case 5:
        return with(fault::not_http);
      case 6:
        whole.pause = drip;
        return with(fault::drip);
      case 7:
        return {.status = 502, .body = "<html><body>Bad Gateway</body></html>", .type = "text/html"};
      case 8:
        return {.body = "<html><body>Please log in</body></html>", .type = "text/html"};
      case 9:
        return {.body = R"({"id":"chatcmpl-1","obj)"};
      case 10:
        return {.body = R"({"error":{"message":"upstream is overloaded","code":503}})"};
      default:
        return {.status = 500, .body = R"({"error":{"message":"out of memory"}})"};
    }
  }

 private:
  static constexpr std::uint64_t kinds = 12;
  static std::uint64_t draw(std::uint64_t nth) { return ease::random_key(0, nth); }

  std::size_t percent_;
};

}  // namespace ease::test
