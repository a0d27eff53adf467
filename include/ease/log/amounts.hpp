// SPDX-License-Identifier: Apache-2.0
#pragma once
// Times and counts as a person reads them: in units that fit, and with words in the right number (bytes: log/size_text.hpp).
#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace ease::inline v1 {

// "1 stage", "2 stages".
inline std::string counted(std::size_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
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
