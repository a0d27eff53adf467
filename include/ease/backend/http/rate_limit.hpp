// SPDX-License-Identifier: Apache-2.0
#pragma once
// At most so many a minute: requests by number, or tokens by amount. Pure arithmetic: the caller brings the time and does
// the waiting.
#include <algorithm>
#include <chrono>

namespace ease {

// A bucket that fills steadily and holds a second's worth (at least one): what is asked for is spread over the minute, since
// many servers count in seconds. It fills a little slower than the limit, so that no minute, whenever it begins, sees more
// than the limit; of amounts other than 1, by no more than one of them.
class rate_limit {
 public:
  using clock = std::chrono::steady_clock;

  // 0: no limit.
  explicit rate_limit(double per_minute = 0)
      : holds_{std::max(1.0, per_minute / 60)},
        per_second_{per_minute <= 0 ? 0 : (per_minute - holds_ + 1) / 60},
        level_{holds_} {}

  // From when on `amount` may be taken; not after `now` if it may be at once. More than the bucket holds may be taken when
  // it is full, and is paid for afterwards.
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
  // What was taken turns out to have been less by `amount` (more, if that is negative).
  void give_back(double amount) { level_ = std::min(level_ + amount, holds_); }

 private:
  [[nodiscard]] double level(clock::time_point now) const {
    return std::min(holds_, level_ + std::chrono::duration<double>(now - at_).count() * per_second_);
  }

  double holds_, per_second_, level_;
  clock::time_point at_{};
};

}  // namespace ease
