// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reports and other plain structs as JSON objects, both ways, from one list of their members:
//
//     struct component_report { std::string name; std::size_t taken{0};
//       static constexpr auto members() { return std::tuple{member("component", &component_report::name), member("taken",
//       &component_report::taken)}; } };
//
// Read back it is the same value. A member that is missing keeps its default; so do optional members without a value, which
// are not written. An unknown member is an error: the file is of another version.
#include <cstddef>
#include <ease/core/option.hpp>
#include <ease/io/json/json_codec.hpp>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace ease::inline v1 {

template <class Owner, class T>
struct member_of {
  std::string_view name;
  T Owner::*member;
};
template <class Owner, class T>
constexpr member_of<Owner, T> member(std::string_view name, T Owner::*m) {
  return {name, m};
}

template <class T>
concept has_members = requires { std::tuple_size<decltype(T::members())>::value; };

template <has_members T>
void each_member(T& of, auto&& visit) {
  std::apply([&](auto const&... one) { (visit(one.name, of.*one.member), ...); }, std::remove_const_t<T>::members());
}
template <has_members T>
void each_member(T const& of, auto&& visit) {
  std::apply([&](auto const&... one) { (visit(one.name, of.*one.member), ...); }, T::members());
}

namespace detail {
template <class T>
void write_member(json_writer& out, std::string_view name, T const& value) {
  if constexpr (requires { value.has_value(), *value; })
    if (!value.has_value()) return;
  out.key(name);
  json_codec<T>::write(out, value);
}

template <has_members T>
T read_members(simdjson::ondemand::value value) {
  expect_kind(value, simdjson::ondemand::json_type::object, "an object");
  T out{};
  for (auto field : expect(value.get_object())) {
    auto one = expect(std::move(field));
    std::string const key{expect(one.unescaped_key())};
    bool known = false;
    each_member(out, [&]<class M>(std::string_view name, M& into) {
      if (known || name != key) return;
      known = true;
      into = read_json<M>(one.value());
    });
    if (!known) throw bad_value{"unknown member {}", quoted_label(key)};
  }
  return out;
}
}  // namespace detail

// The members of `value` into an object that is open already.
template <has_members T>
void write_members(json_writer& out, T const& value) {
  each_member(value, [&](std::string_view name, auto const& one) { detail::write_member(out, name, one); });
}

template <has_members T>
struct json_codec<T> {
  static T read(simdjson::ondemand::value value) { return detail::read_members<T>(value); }
  static void write(json_writer& out, T const& value) {
    out.object();
    write_members(out, value);
    out.end();
  }
};

// Options as a JSON object of their names and values; written alone.
template <has_options T>
  requires(!has_members<T>)
struct json_codec<T> {
  static void write(json_writer& out, T const& value) {
    out.object();
    each_option(value, [&](auto const& one, auto const& v) { detail::write_member(out, one.name, v); });
    out.end();
  }
};

template <class T>
struct json_codec<std::map<std::string, T>> {
  static std::map<std::string, T> read(simdjson::ondemand::value value) {
    detail::expect_kind(value, simdjson::ondemand::json_type::object, "an object");
    std::map<std::string, T> out;
    for (auto field : detail::expect(value.get_object())) {
      auto one = detail::expect(std::move(field));
      std::string key{detail::expect(one.unescaped_key())};
      out.insert_or_assign(std::move(key), read_json<T>(one.value()));
    }
    return out;
  }
  static void write(json_writer& out, std::map<std::string, T> const& all) {
    out.object();
    for (auto const& [key, one] : all) {
      out.key(key);
      json_codec<T>::write(out, one);
    }
    out.end();
  }
};

// A whole JSON value of a type that is known elsewhere: what to_json_text gave. Empty: null.
struct json_text {
  std::string text{};
  friend bool operator==(json_text const&, json_text const&) = default;
};
template <>
struct json_codec<json_text> {
  static json_text read(simdjson::ondemand::value value) {
    if (detail::expect(value.is_null())) return {};
    return {std::string{std::string_view{detail::expect(simdjson::to_json_string(value))}}};
  }
  static void write(json_writer& out, json_text const& value) {
    value.text.empty() ? out.value(nullptr) : out.raw(value.text);
  }
};

// A value as a line of JSON, and back. Reading throws ease::error; `what` names the text in it.
template <class T>
std::string to_json_text(T const& value) {
  std::string out;
  json_writer writer{out, bad_utf8::replace};
  json_codec<T>::write(writer, value);
  return out;
}
template <class T>
T from_json_text(std::string_view text, std::string_view what) {
  simdjson::ondemand::parser parser;
  simdjson::padded_string const padded{text};
  try {
    auto document = detail::expect(parser.iterate(padded));
    T out = read_json<T>(detail::expect(document.get_value()));
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) throw bad_value{"there is text after it"};
    return out;
  } catch (bad_value const& problem) {
    throw error{"{}: {}", what, problem.what()};
  }
}

}  // namespace ease::inline v1
