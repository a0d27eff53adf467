// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether two spellings are one number, or one of the words true and false: 1, 1.0 and 1e0; true and True.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <ease/io/json/json_codec.hpp>
#include <string>
#include <string_view>
#include <system_error>

namespace ease::inline v1::detail {

// A number of JSON, of any size and without rounding, in one spelling: "-125e-1" for -12.50. Empty: it is none, or its exponent is
// beyond 64 bits.
inline std::string one_spelling(std::string_view number) {
  if (!is_json_number(number)) return {};
  bool const negative = number.starts_with('-');
  if (negative) number.remove_prefix(1);
  auto const mark = std::min(number.find_first_of("eE"), number.size());
  std::int64_t exponent = 0;
  if (mark < number.size()) {
    auto power = number.substr(mark + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    if (std::from_chars(power.data(), power.data() + power.size(), exponent).ec != std::errc{}) return {};
  }
  std::string digits;
  auto const point = std::min(number.find('.'), mark);
  digits = number.substr(0, point);
  if (point < mark) digits += number.substr(point + 1, mark - point - 1);
  auto fraction = static_cast<std::int64_t>(point < mark ? mark - point - 1 : 0);
  digits.erase(0, digits.find_first_not_of('0'));
  if (digits.empty()) return "0";
  while (digits.ends_with('0')) digits.pop_back(), --fraction;
  if (exponent < INT64_MIN / 2 || exponent > INT64_MAX / 2) return {};
  return (negative ? "-" : "") + digits + "e" + std::to_string(exponent - fraction);
}

inline bool is_same_value(std::string_view a, std::string_view b) {
  if (a == b) return true;
  auto const truth = [](std::string_view text) -> char {
    for (std::string_view const word : {"true", "false"})
      if (std::ranges::equal(
              text, word, {}, [](unsigned char c) { return std::tolower(c); },
              [](unsigned char c) { return static_cast<int>(c); }))
        return word.front();
    return ' ';
  };
  if (truth(a) != ' ') return truth(a) == truth(b);
  auto const number = one_spelling(a);
  return !number.empty() && number == one_spelling(b);
}

}  // namespace ease::inline v1::detail
