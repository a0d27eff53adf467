// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/json/json_codec.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>

#include <algorithm>
#include <ease/io/json/json_codec.hpp>
#include <ease/io/json/terminal_text.hpp>
#include <ease/record/answer.hpp>
#include <string>
#include <string_view>

namespace ease::inline v1 {

namespace detail {

EASE_INLINE std::string_view json_complaint(simdjson::error_code code) {
  switch (code) {
    case simdjson::UNCLOSED_STRING:
      return "a string is never closed";
    case simdjson::UNESCAPED_CHARS:
      return "a control character in a string is not escaped";
    case simdjson::STRING_ERROR:
      return "a bad escape in a string";
    case simdjson::NUMBER_ERROR:
    case simdjson::NUMBER_OUT_OF_RANGE:
      return "a malformed number";
    case simdjson::INCORRECT_TYPE:
      return "a malformed word or number";
    case simdjson::T_ATOM_ERROR:
    case simdjson::F_ATOM_ERROR:
    case simdjson::N_ATOM_ERROR:
      return "a word that is not true, false or null";
    case simdjson::DEPTH_ERROR:
      return "nested too deep";
    case simdjson::UTF8_ERROR:
      return "not valid UTF-8";
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
      return "it ends inside an array or object, or has text after it";
    default:
      return "a comma, colon, quote or bracket is missing or misplaced";
  }
}

EASE_INLINE bad_json not_json(simdjson::error_code code) { return bad_json{"not valid JSON: {}", json_complaint(code)}; }

EASE_INLINE std::string_view python_number(simdjson::ondemand::value& value) {
  auto const token = value.raw_json_token();
  if (token.empty() || (token.front() != 'N' && token.front() != 'I' && token.front() != '-')) return {};
  auto const word = trim(token);
  return word == "NaN" || word == "Infinity" || word == "-Infinity" ? word : std::string_view{};
}

EASE_INLINE bool is_json_number(std::string_view text) {
  auto const digits = [&] {
    auto const count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count;
  };
  auto const take = [&](std::string_view any) {
    bool const there = !text.empty() && any.find(text.front()) != any.npos;
    if (there) text.remove_prefix(1);
    return there;
  };
  take("-");
  bool const zero = text.starts_with('0');
  if (auto const count = digits(); count == 0 || (zero && count > 1)) return false;
  if (take(".") && digits() == 0) return false;
  if (take("eE")) {
    take("+-");
    if (digits() == 0) return false;
  }
  return text.empty();
}

EASE_INLINE simdjson::ondemand::json_type type_of(simdjson::ondemand::value& value) {
  if (auto const word = python_number(value); !word.empty()) throw bad_value{"{} is no value of JSON", word};
  return expect(value.type());
}

EASE_INLINE double real_of(simdjson::ondemand::value& value) {
  auto const read = value.get_double();
  if (read.error() != simdjson::SUCCESS && is_json_number(trim(value.raw_json_token())))
    throw bad_value{"expected a number within the range of float64, found a larger one"};
  return expect(read);
}

EASE_INLINE std::string_view kind_of(simdjson::ondemand::value& value) {
  if (auto const word = python_number(value); !word.empty()) return word;
  switch (expect(value.type())) {
    case simdjson::ondemand::json_type::array:
      return "an array";
    case simdjson::ondemand::json_type::object:
      return "an object";
    case simdjson::ondemand::json_type::string:
      return "a string";
    case simdjson::ondemand::json_type::number:
      return "a number";
    case simdjson::ondemand::json_type::boolean:
      return "a boolean";
    case simdjson::ondemand::json_type::null:
      return "null";
  }
  return "something else";
}

EASE_INLINE void expect_kind(simdjson::ondemand::value& value, simdjson::ondemand::json_type kind, std::string_view name) {
  if (!python_number(value).empty() || expect(value.type()) != kind)
    throw bad_value{"expected {}, found {}", name, kind_of(value)};
}

EASE_INLINE std::string_view string_of(simdjson::ondemand::value& value) {
  expect_kind(value, simdjson::ondemand::json_type::string, "a string");
  return expect(value.get_string());
}

EASE_INLINE std::string quoted_label(std::string_view label) {
  if (label.size() > 40) return fmt::format("a text of {} bytes", label.size());
  std::string out;
  append_json_string(out, label);
  return terminal_text(out, true);  // JSON leaves DEL and the controls above it as they are
}

EASE_INLINE std::optional<any_integer> integer_of(simdjson::ondemand::value& value) {
  expect_kind(value, simdjson::ondemand::json_type::number, "an integer");
  auto const number = value.get_number();
  if (number.error() != simdjson::SUCCESS) return std::nullopt;
  if (number.value_unsafe().is_int64()) return any_integer{.small = number.value_unsafe().get_int64()};
  if (number.value_unsafe().is_uint64()) return any_integer{.above = true, .large = number.value_unsafe().get_uint64()};
  return std::nullopt;
}

EASE_INLINE void no_such_integer(std::string const& least, std::string const& most) {
  throw bad_value{"expected an integer from {} to {}, found another number", least, most};
}

}  // namespace detail

EASE_INLINE std::string json_codec<std::string>::read(simdjson::ondemand::value value) {
  return std::string{detail::string_of(value)};
}

EASE_INLINE bool json_codec<bool>::read(simdjson::ondemand::value value) {
  detail::expect_kind(value, simdjson::ondemand::json_type::boolean, "a boolean");
  return detail::expect(value.get_bool());
}

}  // namespace ease::inline v1
