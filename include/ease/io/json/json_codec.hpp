// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a C++ type stands in JSON: `json_codec<T>` reads it from a simdjson on-demand value and writes it with a
// `json_writer`. Specialise it for a type of your own; the types of the data dictionary are in io/json/record_codecs.hpp.
//   template <> struct ease::json_codec<celsius> {
//     static celsius read(simdjson::ondemand::value v) { return {read_json<double>(v)}; }
//     static void write(ease::json_writer& w, celsius const& c) { w.value(c.degrees); }
//   };
// `static constexpr bool cell_is_json = true` says that a TSV or CSV cell holds the JSON text itself, not a string.

#include <concepts>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <ease/core/error.hpp>
#include <ease/core/option.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/io/json/simdjson.hpp>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// A value that is not what the field holds. It says the reason alone; the reader adds file, line and field.
struct bad_value : error {
  using error::error;
};
// A problem that belongs to one member of the row.
struct bad_field : error {
  std::string field;
  bad_field(std::string_view name, std::string const& reason) : error{reason}, field{name} {}
};

// A value that is not even JSON.
struct bad_json : bad_value {
  using bad_value::bad_value;
};

template <class T>
struct json_codec;

template <class T>
concept has_json_codec = requires { sizeof(json_codec<T>); };

template <class T>
T read_json(simdjson::ondemand::value value) {
  return json_codec<T>::read(value);
}

namespace detail {

// What simdjson found wrong, in a few words.
std::string_view json_complaint(simdjson::error_code code);

bad_json not_json(simdjson::error_code code);

template <class T>
T expect(simdjson::simdjson_result<T> result) {
  T value{};
  if (auto const code = std::move(result).get(value)) throw not_json(code);
  return value;
}

// NaN, Infinity or -Infinity if the value is that word, which is no JSON: Python's json module writes them. Else empty.
std::string_view python_number(simdjson::ondemand::value& value);
// Whether a text is a number of JSON's grammar, of whatever size: 1e400 is one.
bool is_json_number(std::string_view text);

// Throws bad_value for one of those words.
simdjson::ondemand::json_type type_of(simdjson::ondemand::value& value);

std::string_view kind_of(simdjson::ondemand::value& value);

void expect_kind(simdjson::ondemand::value& value, simdjson::ondemand::json_type kind, std::string_view name);

std::string_view string_of(simdjson::ondemand::value& value);

// A label may be quoted in an error, a text may not: what is longer than a label is only counted.
std::string quoted_label(std::string_view label);

// An integer of whatever size: in `small`, or if it is above the largest of those, in `large`.
struct any_integer {
  bool above{false};
  std::int64_t small{0};
  std::uint64_t large{0};
};
// Nothing if the number is no integer, or too large for both.
std::optional<any_integer> integer_of(simdjson::ondemand::value& value);
// Throws bad_value if it is no number, or one that a double does not hold.
double real_of(simdjson::ondemand::value& value);
[[noreturn]] void no_such_integer(std::string const& least, std::string const& most);

}  // namespace detail

// An enumeration with words (core/option.hpp) stands as its word.
template <has_words E>
struct json_codec<E> {
  static E read(simdjson::ondemand::value value) {
    auto const word = read_json<std::string>(value);
    if (auto const found = from_word<E>(word)) return *found;
    std::string all;
    for (auto const one : words_of(E{})) all.append(all.empty() ? "" : ", ").append(one);
    throw bad_value{"expected one of {}, found {}", all, detail::quoted_label(word)};
  }
  static void write(json_writer& out, E value) { out.value(word_of(value)); }
};

template <>
struct json_codec<std::string> {
  static std::string read(simdjson::ondemand::value value);
  static void write(json_writer& out, std::string_view text) { out.value(text); }
};

template <>
struct json_codec<bool> {
  static constexpr bool cell_is_json = true;
  static bool read(simdjson::ondemand::value value);
  static void write(json_writer& out, bool truth) { out.value(truth); }
};

template <std::integral Integer>
  requires(!std::same_as<Integer, bool>)
struct json_codec<Integer> {
  static constexpr bool cell_is_json = true;
  static Integer read(simdjson::ondemand::value value) {
    auto const number = detail::integer_of(value);
    if (number && !number->above && std::in_range<Integer>(number->small)) return static_cast<Integer>(number->small);
    if (number && number->above && std::in_range<Integer>(number->large)) return static_cast<Integer>(number->large);
    detail::no_such_integer(std::to_string(std::numeric_limits<Integer>::min()),
                            std::to_string(std::numeric_limits<Integer>::max()));
  }
  static void write(json_writer& out, Integer number) { out.value(number); }
};

template <std::floating_point Real>
struct json_codec<Real> {
  static constexpr bool cell_is_json = true;
  static Real read(simdjson::ondemand::value value) {
    detail::expect_kind(value, simdjson::ondemand::json_type::number, "a number");
    return static_cast<Real>(detail::real_of(value));
  }
  static void write(json_writer& out, Real number) { out.value(number); }
};

// A member that may be absent or null; absent when written.
template <class T>
struct json_codec<std::optional<T>> {
  static constexpr bool cell_is_json = requires { requires json_codec<T>::cell_is_json; };
  static std::optional<T> read(simdjson::ondemand::value value) {
    if (detail::expect(value.is_null())) return std::nullopt;
    return read_json<T>(value);
  }
  static void write(json_writer& out, std::optional<T> const& value) {
    if (value) return json_codec<T>::write(out, *value);
    out.value(nullptr);
  }
};

template <class T>
struct json_codec<std::vector<T>> {
  static constexpr bool cell_is_json = true;
  static std::vector<T> read(simdjson::ondemand::value value) {
    detail::expect_kind(value, simdjson::ondemand::json_type::array, "an array");
    std::vector<T> out;
    for (auto element : detail::expect(value.get_array())) {
      try {
        out.push_back(read_json<T>(detail::expect(std::move(element))));
      } catch (bad_json const&) {
        throw;
      } catch (bad_value const& problem) {
        throw bad_value{"element {}: {}", out.size() + 1, problem.what()};
      }
    }
    return out;
  }
  static void write(json_writer& out, std::vector<T> const& values) {
    out.array();
    for (auto const& value : values) json_codec<T>::write(out, value);
    out.end();
  }
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/io/json/json_codec.ipp>
#endif
