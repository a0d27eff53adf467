// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of measure/question/task_row.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>

#include <charconv>
#include <ease/core/error.hpp>
#include <ease/io/json/json_members.hpp>
#include <ease/io/json/raw_json.hpp>
#include <ease/measure/question/task_row.hpp>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace ease::inline v1 {

namespace detail {

inline raw_members members_of_object(simdjson::ondemand::value object) {
  expect_kind(object, simdjson::ondemand::json_type::object, "an object");
  raw_members all;
  for (auto field : expect(object.get_object())) {
    auto one = expect(std::move(field));
    std::string key{expect(one.unescaped_key())};
    all.emplace_back(std::move(key), json_codec<json_text>::read(one.value()).text);
  }
  return all;
}

}  // namespace detail

EASE_INLINE task_row task_row::of_json(std::string where, std::string_view object) {
  try {
    auto members = detail::raw_parser{}.read(object, detail::members_of_object);
    return {std::move(where), std::move(members)};
  } catch (bad_value const& problem) {
    throw error{"{}: {}", where, problem.what()};
  }
}

EASE_INLINE std::string const* task_row::find(std::string_view key) const { return detail::find_member(members_, key); }

EASE_INLINE void task_row::refuse(std::string_view key, std::string_view reason) const {
  throw error{"{}: \"{}\": {}", where_, key, reason};
}

template <class T>
T task_row::as(std::string_view key) const {
  auto const* const raw = find(key);
  if (raw == nullptr) refuse(key, "missing");
  try {
    return detail::raw_parser{}.as<T>(raw->empty() ? "null" : *raw);
  } catch (bad_value const& problem) {
    refuse(key, problem.what());
  }
}

EASE_INLINE std::string task_row::text(std::string_view key) const { return as<std::string>(key); }

EASE_INLINE std::vector<std::string> task_row::texts(std::string_view key) const {
  auto all = as<std::vector<std::string>>(key);
  if (all.empty()) refuse(key, "the list is empty");
  return all;
}

EASE_INLINE std::vector<task_row> task_row::rows(std::string_view key) const {
  std::vector<task_row> all;
  for (auto const& one : as<std::vector<json_text>>(key)) all.push_back(of_json(where_, one.text));
  if (all.empty()) refuse(key, "the list is empty");
  return all;
}

EASE_INLINE task_row task_row::inner(std::string_view key) const { return of_json(where_, as<json_text>(key).text); }

EASE_INLINE std::size_t task_row::index(std::string_view key, std::size_t end, std::size_t first) const {
  auto const* const raw = find(key);
  if (raw == nullptr) refuse(key, "missing");
  auto const digits = raw->starts_with('"') ? text(key) : *raw;
  std::size_t number = 0;
  auto const read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || read.ec != std::errc{} || read.ptr != digits.data() + digits.size() || number < first ||
      number - first >= end)
    refuse(key, fmt::format("expected a number from {} to {}", first, first + end - 1));
  return number - first;
}

}  // namespace ease::inline v1
