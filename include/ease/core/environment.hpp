// SPDX-License-Identifier: Apache-2.0
#pragma once
// Numbers from environment variables, as job launchers set them; a value that is no number is an error that names the
// variable.
#include <charconv>
#include <cstdlib>
#include <ease/core/error.hpp>
#include <initializer_list>
#include <string_view>
#include <system_error>

namespace ease::inline v1::detail {

// The first of `names` that is set and not empty: its name and value.
struct variable {
  char const* name{nullptr};
  std::string_view value{};
};
inline variable first_set(std::initializer_list<char const*> names) {
  for (auto const* name : names)
    if (char const* value = std::getenv(name); value != nullptr && *value != '\0') return {name, value};
  return {};
}

template <class Number>
Number number_in(variable const& v, Number least, Number most) {
  Number number{};
  auto const [end, problem] = std::from_chars(v.value.data(), v.value.data() + v.value.size(), number);
  if (problem != std::errc{} || end != v.value.data() + v.value.size() || number < least || number > most)
    throw error{"environment variable {}=\"{}\": must be a number from {} to {}", v.name, v.value, least, most};
  return number;
}

}  // namespace ease::inline v1::detail
