// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON as Python's json module writes it, made JSON as the standard has it: NaN, Infinity and -Infinity become texts, and
// integers beyond 64 bits, such as 1000000000000000019884624838656 (a tokeniser without a limit), become floating-point
// numbers. Whoever reads such a member as what it no longer is gets an error; a member that nobody reads stops nobody.
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

namespace ease::inline v1 {

namespace detail {

// How a number of any length is written in standard JSON.
inline std::string standard_number(std::string_view number) {
  std::string text{number};
  if (number.find_first_of(".eE") == std::string_view::npos) {
    std::int64_t narrow{};
    std::uint64_t wide{};
    auto const fits = [&](auto& value) {
      auto const [end, bad] = std::from_chars(number.data(), number.data() + number.size(), value);
      return bad == std::errc{} && end == number.data() + number.size();
    };
    if (fits(narrow) || fits(wide)) return text;
    text += ".0";
  }
  return std::isfinite(std::strtod(text.c_str(), nullptr)) ? text : '"' + text + '"';
}

}  // namespace detail

// The same text where it is standard already, broken or not: what is wrong with it is the parser's to say.
inline std::string standard_json(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '"') {
      std::size_t end = i + 1;
      while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
      end = end < text.size() ? end + 1 : text.size();
      out += text.substr(i, end - i), i = end;
      continue;
    }
    bool found = false;
    for (std::string_view const word : {"NaN", "Infinity", "-Infinity"})
      if (!found && text.substr(i).starts_with(word)) {
        out += '"', out += word, out += '"', i += word.size();
        found = true;
      }
    if (found) continue;
    if (text[i] == '-' || (text[i] >= '0' && text[i] <= '9')) {
      auto const end = text.find_first_not_of("0123456789+-.eE", i + 1);
      auto const number = text.substr(i, end == std::string_view::npos ? end : end - i);
      out += detail::standard_number(number), i += number.size();
      continue;
    }
    out += text[i++];
  }
  return out;
}

}  // namespace ease::inline v1
