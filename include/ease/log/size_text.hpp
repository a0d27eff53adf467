// SPDX-License-Identifier: Apache-2.0
#pragma once
// A number of bytes for a person.
#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ease::inline v1 {

// In the unit that fits, of powers of 1000: "1 byte", "999 bytes", "1.5 kB", "14.9 GB".
inline std::string size_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 4> units{"kB", "MB", "GB", "TB"};
  constexpr double step = 1000;
  if (bytes < 1000) return fmt::format("{} {}", bytes, bytes == 1 ? "byte" : "bytes");
  auto value = static_cast<double>(bytes) / step;
  std::size_t unit = 0;
  constexpr double rounds_up = 999.95;
  for (; value >= rounds_up && unit + 1 < units.size(); ++unit) value /= step;
  return fmt::format("{:.1f} {}", value, units[unit]);
}

}  // namespace ease::inline v1
