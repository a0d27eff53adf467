// SPDX-License-Identifier: Apache-2.0
#pragma once
// Days and times as ISO 8601 writes them, as Python's isoformat() does: no fraction of a second where there is none, else six
// digits, or nine.
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>

namespace ease::parquet {

inline std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// "2024-02-29"; nothing if the year has not four digits, as ISO 8601 wants it.
inline std::optional<std::string> date_text(std::int64_t days_since_1970) {
  constexpr std::int64_t first = -719'528, last = 2'932'896;  // of the years 0 and 9999
  if (days_since_1970 < first || days_since_1970 > last) return std::nullopt;
  std::chrono::year_month_day const day{std::chrono::sys_days{std::chrono::days{static_cast<int>(days_since_1970)}}};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

// `count` units since midnight, `a_second` of which are a second: "12:34:56", "12:34:56.000001".
inline std::string time_text(std::int64_t count, std::int64_t a_second) {
  auto const seconds = floor_div(count, a_second);
  auto const nanos = (count - seconds * a_second) * (1'000'000'000 / a_second);
  auto out = fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (nanos % 1000 != 0)
    fmt::format_to(std::back_inserter(out), ".{:09}", nanos);
  else if (nanos != 0)
    fmt::format_to(std::back_inserter(out), ".{:06}", nanos / 1000);
  return out;
}

// An instant, or a day and time of no zone; nothing if its year has not four digits.
inline std::optional<std::string> timestamp_text(std::int64_t count, std::int64_t a_second, bool is_utc) {
  auto const a_day = a_second * 86'400;
  auto const days = floor_div(count, a_day);
  auto const date = date_text(days);
  if (!date) return std::nullopt;
  return *date + "T" + time_text(count - days * a_day, a_second) + (is_utc ? "Z" : "");
}

// A span of time in seconds, as a JSON number without rounding.
inline std::string seconds_text(std::int64_t count, std::int64_t a_second) {
  auto const negative = count < 0;
  auto const size = negative ? 0U - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  auto const unit = static_cast<std::uint64_t>(a_second);
  auto out = fmt::format("{}{}", negative ? "-" : "", size / unit);
  if (auto rest = size % unit; rest != 0) {
    auto digits = fmt::format("{}", rest + unit).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    out += '.' + digits;
  }
  return out;
}

}  // namespace ease::parquet
