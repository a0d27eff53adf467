// SPDX-License-Identifier: Apache-2.0
#pragma once
// A rate limit (token bucket): requests or tokens a minute. Pure arithmetic: the caller passes the time and waits.
#include <algorithm>
#include <chrono>

namespace ease::inline v1 {

// A bucket with the capacity of one second (at least 1): requests are spread over the minute, since many servers count in
// seconds. It fills a little slower than the limit, so that no minute, whenever it begins, exceeds the limit; with amounts
// other than 1, by no more than one of them.
class rate_limit {
 public:
  using clock = std::chrono::steady_clock;

  // 0: no limit.
  explicit rate_limit(double per_minute = 0)
      : holds_{std::max(1.0, per_minute / 60)},
        per_second_{per_minute <= 0 ? 0 : (per_minute - holds_ + 1) / 60},
        level_{holds_} {}

  // The time from which `amount` may be taken; not after `now` if at once. More than the capacity may be taken when the
  // bucket is full; its level is then negative.
  [[nodiscard]] clock::time_point when(double amount, clock::time_point now) const {
    if (per_second_ <= 0) return now;
    double const lacks = std::min(amount, holds_) - level(now);
    if (lacks <= 1e-9) return now;
    return now + std::chrono::ceil<clock::duration>(std::chrono::duration<double>(lacks / per_second_));
  }
  void take(double amount, clock::time_point now) {
    level_ = level(now) - amount;
    at_ = now;
  }
  // Corrects an estimate: `amount` less was used than taken (more, if negative).
  void give_back(double amount) { level_ = std::min(level_ + amount, holds_); }

 private:
  [[nodiscard]] double level(clock::time_point now) const {
    return std::min(holds_, level_ + std::chrono::duration<double>(now - at_).count() * per_second_);
  }

  double holds_, per_second_, level_;
  clock::time_point at_{};
};

}  // namespace ease::inline v1
