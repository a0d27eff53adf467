// SPDX-License-Identifier: Apache-2.0
#pragma once
// A field is a type: `struct prompt : field<"prompt", std::string> {};`. Its JSON key is part of the type, so a pipeline's
// errors print the field's bare name and a reader finds its key at compile time. The dictionary is record/fields.hpp.
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace ease::inline v1 {

// A string literal as a template argument.
template <std::size_t N>
struct text {
  char characters[N]{};
  consteval text(char const (&literal)[N]) { std::copy_n(literal, N, characters); }
  constexpr std::string_view view() const { return {characters, N - 1}; }
};

template <text Key, class Value>
struct field {
  using type = Value;
  static constexpr std::string_view key{Key.characters};
  Value value{};
  friend bool operator==(field const&, field const&) = default;
};

namespace detail {
template <text Key, class Value>
void is_field(field<Key, Value> const&);
}

template <class F>
concept some_field = requires(F const& f) {
  detail::is_field(f);
  typename F::type;
};

}  // namespace ease::inline v1
