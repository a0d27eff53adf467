// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON as Python's json module writes it, made JSON as the standard has it: NaN, Infinity and -Infinity become texts, and
// integers beyond 64 bits, such as 1000000000000000019884624838656 (a tokeniser without a limit), become floating-point
// numbers. Whoever reads such a member as what it no longer is gets an error; a member that nobody reads stops nobody.
// The other way, a value as json.dumps(..., ensure_ascii=False) writes it: templates write the arguments of tools so.
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ease/io/json/json_codec.hpp>
#include <ease/io/json/json_text.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

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

// What is wrong with a text that some readers take for JSON; empty if it is none of these.
inline std::string near_json(std::string_view row) {
  bool in_string = false;
  int depth = 0;
  char before = '\0';  // the last character that is no white space, outside of strings
  for (std::size_t i = 0; i < row.size(); ++i) {
    char const c = row[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false, before = c;
      continue;
    }
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    if (c == '"') in_string = true;
    if (before == ',' && (c == '}' || c == ']')) return fmt::format("a comma stands before {}", c);
    if (c == '\'' && (before == '{' || before == '[' || before == ',' || before == ':'))
      return "single quotes, as Python prints a dictionary or a list; json.dumps writes JSON";
    if (c == '/' && i + 1 < row.size() && (row[i + 1] == '/' || row[i + 1] == '*')) return "a comment, which JSON has not";
    depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
    before = c;
  }
  return before == ',' && depth == 0 ? "a comma stands behind the row; rows have commas between them only in an array" : "";
}

// repr(float): the shortest digits that read back the same, with an exponent below 1e-4 and from 1e16 on.
inline std::string python_float(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  char text[400];
  auto const size = std::abs(value);
  auto const how = size != 0 && (size < 1e-4 || size >= 1e16) ? std::chars_format::scientific : std::chars_format::fixed;
  std::string out(text, std::to_chars(text, text + sizeof text, value, how).ptr);
  return how == std::chars_format::fixed && out.find('.') == std::string::npos ? out + ".0" : out;
}

inline void append_python_json(std::string& out, simdjson::ondemand::value value, int depth = 0) {
  if (depth > 100) throw bad_value{"nested too deep"};
  auto const token = std::string{value.raw_json_token()};
  switch (token.front()) {
    case '[': {
      out += '[';
      bool first = true;
      for (auto element : expect(value.get_array())) {
        if (!first) out += ", ";
        first = false;
        append_python_json(out, expect(std::move(element)), depth + 1);
      }
      out += ']';
      return;
    }
    case '{': {
      out += '{';
      std::vector<std::string> keys;
      for (auto member : expect(value.get_object())) {
        auto one = expect(std::move(member));
        std::string key{expect(one.unescaped_key())};
        for (auto const& other : keys)
          if (other == key) throw bad_value{"the key {} stands twice", quoted_label(key)};
        if (!keys.empty()) out += ", ";
        append_json_string(out, key);
        out += ": ";
        keys.push_back(std::move(key));
        append_python_json(out, one.value(), depth + 1);
      }
      out += '}';
      return;
    }
    case '"':
      return append_json_string(out, expect(value.get_string()));
    default: {
      auto const scalar = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
      if (!is_json_number(scalar)) {
        for (auto const* word : {"true", "false", "null", "NaN", "Infinity", "-Infinity"})
          if (scalar == word) return void(out += scalar);
        throw not_json(simdjson::N_ATOM_ERROR);
      }
      bool const whole = scalar.find_first_of(".eE") == std::string::npos;
      out += whole ? scalar == "-0" ? "0" : scalar : python_float(std::strtod(scalar.c_str(), nullptr));
    }
  }
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
