// SPDX-License-Identifier: Apache-2.0
#pragma once
// When a request is retried, and after how long. Non-goal: sending (http_client.hpp).
#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace ease::inline v1 {

struct retry_policy {
  int tries{8};                                           // in all, the first included
  std::chrono::milliseconds first_wait{500};              // doubles with each try
  std::chrono::milliseconds longest_wait{30'000};         // of the doubling
  std::chrono::milliseconds longest_asked_wait{600'000};  // a longer Retry-After counts as a refusal: the quota is used up
};

// Transient statuses, worth a retry: time-out, conflict, too many requests, and server errors. Not 501 and 505, which are
// permanent.
inline bool is_transient_status(long status) {
  return status == 408 || status == 409 || status == 425 || status == 429 ||
         (status >= 500 && status < 600 && status != 501 && status != 505);
}

// The wait that a Retry-After header asks for: whole or decimal seconds, or an HTTP date (RFC 9110, 10.2.3) taken relative
// to `now`, which is best the server's own Date. Empty when it is neither; never negative.
inline std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text, std::time_t now) {
  char const first = text.empty() ? '\0' : text.front();
  if (first >= '0' && first <= '9') {
    double seconds = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
    if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return std::chrono::milliseconds{static_cast<std::int64_t>(std::min(seconds, 1e9) * 1000)};
  }
  if (first < 'A' || first > 'Z') return std::nullopt;  // curl_getdate takes more for a date than a weekday's name
  std::time_t const date = curl_getdate(std::string{text}.c_str(), nullptr);
  if (date == -1) return std::nullopt;
  return std::chrono::seconds{std::max<std::time_t>(date - now, 0)};
}

// Exponential back-off with jitter. Only the waits are random: what is generated does not depend on them.
class back_off {
 public:
  explicit back_off(retry_policy policy, std::uint64_t seed = std::random_device{}()) : policy_{policy}, draw_{seed} {}

  // The wait after `tries` tries; empty when there is to be no other. The client's own wait doubles and is drawn from its
  // upper half; a Retry-After is lengthened by up to a quarter, so that requests that failed together are not retried
  // together. The longer of the two counts: a server that says 0 while it refuses would use up all tries at once.
  std::optional<std::chrono::milliseconds> wait(int tries, std::optional<std::chrono::milliseconds> asked = {}) {
    if (tries >= policy_.tries) return std::nullopt;
    if (asked && *asked > policy_.longest_asked_wait) return std::nullopt;
    auto const doubled = policy_.first_wait * (std::int64_t{1} << std::clamp(tries - 1, 0, 30));
    auto const wanted = std::min<std::chrono::milliseconds>(doubled, policy_.longest_wait);
    using drawn = std::chrono::duration<double, std::milli>;
    drawn wait = wanted * (0.5 + part_(draw_) / 2);
    if (asked) wait = std::max<drawn>(wait, *asked * (1 + part_(draw_) / 4));
    return std::chrono::ceil<std::chrono::milliseconds>(wait);
  }

  [[nodiscard]] retry_policy const& policy() const { return policy_; }

 private:
  retry_policy policy_;
  std::mt19937_64 draw_;
  std::uniform_real_distribution<double> part_{0, 1};
};

}  // namespace ease::inline v1
