// SPDX-License-Identifier: Apache-2.0
#pragma once
// The width of a table's column of names: what users call judges, models and classes may be long, and the columns behind stay where
// they are all the same.
#include <algorithm>
#include <ranges>
#include <string>

namespace ease::inline v1 {

// For fmt's `{:<{}}`: that of the longest of `name(row)` with two blanks behind it, `least` or more. In characters, of UTF-8.
template <std::ranges::input_range Rows, class Name>
int column_width(int least, Rows const& rows, Name&& name) {
  for (auto const& row : rows) {
    std::string const text{name(row)};
    auto const wide = std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
    least = std::max(least, static_cast<int>(wide) + 2);
  }
  return least;
}

}  // namespace ease::inline v1
