// SPDX-License-Identifier: Apache-2.0
#pragma once
// Times and counts as a person reads them: in units that fit, and with words in the right number (bytes: log/size_text.hpp).
#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ease::inline v1 {

// "1 stage", "2 stages".
inline std::string counted(std::size_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

// A number of parameters: "120", "9.6 K", "134.5 M".
inline std::string parameters_text(std::uint64_t count) {
  constexpr std::uint64_t thousand = 1000, least_of_millions = 999'950;  // what would be 1000.0 K
  if (count < thousand) return fmt::format("{}", count);
  auto const n = static_cast<double>(count);
  return count < least_of_millions ? fmt::format("{:.1f} K", n / 1e3) : fmt::format("{:.1f} M", n / 1e6);
}

// "1 s" for anything shorter, "80 s", "12 min", "3.5 h", "2.1 days".
inline std::string time_text(double seconds) {
  if (seconds < 1) return "1 s";
  if (seconds < 90) return fmt::format("{:.0f} s", seconds);
  if (seconds < 5400) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 172800) return fmt::format("{:.1f} h", seconds / 3600);
  return fmt::format("{:.1f} days", seconds / 86400);
}

}  // namespace ease::inline v1
