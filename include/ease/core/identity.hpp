// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a result depends on, as one number. An identity is derived, never written by hand: of options it takes each that
// changes results, of a component (a stage, a guard, a model) its name, its `version`, its options and its parts:
//
//     struct keep_short : stage<needs<prompt>> { static constexpr int version{1}; ... };              no options, no parts
//     void each_part(auto&& visit) { visit(options_), visit(model_), visit(*guard_); }                both
//
// A component that has neither is not `identified`: a run folder does not take it.
#include <bit>
#include <concepts>
#include <cstdint>
#include <ease/core/hash.hpp>
#include <ease/core/option.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ease::inline v1 {

namespace detail {
// The name of a type without its namespaces and template arguments.
template <class T>
consteval std::string_view short_name() {
  if constexpr (requires { std::string_view{T::name}; }) {
    return T::name;
  } else {
    std::string_view full = __PRETTY_FUNCTION__;
    auto const from = full.find("T = ") + 4;
    full = full.substr(from, full.find_first_of("<;]", from) - from);
    auto const colons = full.rfind("::");
    return colons == std::string_view::npos ? full : full.substr(colons + 2);
  }
}
struct any_visitor {
  void operator()(auto&&) const {}
};
}  // namespace detail

template <class T>
concept has_version = requires {
  { T::version } -> std::convertible_to<int>;
};
template <class T>
concept has_parts = requires(T& thing) { thing.each_part(detail::any_visitor{}); };
template <class T>
concept has_identity = requires(T const& thing) {
  { thing.identity() } -> std::convertible_to<std::string>;
};
template <class T>
concept identified = has_options<T> || has_version<T> || has_parts<T> || has_identity<T>;

// Values are hashed with their kind and length in front: no two lists of values look alike.
class identity {
 public:
  template <class T>
  identity& add(T const& value) {
    if constexpr (std::convertible_to<T const&, std::string_view>) {
      text('s', std::string_view{value});
    } else if constexpr (std::is_enum_v<T>) {
      add(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::integral<T>) {
      // Not by its width: that may differ between systems.
      auto const wide = static_cast<std::uint64_t>(value);
      number(std::is_signed_v<T> && value < T{} ? 'n' : 'u', wide);
    } else if constexpr (std::floating_point<T>) {
      auto const wide = static_cast<double>(value);
      number('d', std::bit_cast<std::uint64_t>(wide == 0 ? 0.0 : wide));
    } else if constexpr (requires { hash_options(*this, value); }) {
      hash_options(*this, value);
    } else if constexpr (has_options<T>) {
      add_options(value);
    } else if constexpr (requires { value.has_value(), *value; }) {
      number('o', value.has_value() ? 1 : 0);
      if (value) add(*value);
    } else if constexpr (std::same_as<T, hash128>) {
      number('h', value.low);
      number('h', value.high);
    } else {
      static_assert(
          requires { value.begin(), value.size(); }, "an identity takes numbers, texts, options and lists of them");
      number('v', value.size());
      for (auto const& one : value) add(one);
    }
    return *this;
  }

  template <has_options T>
  void add_options(T const& of) {
    each_option(of, [&](auto const& one, auto const& v) {
      if (one.changes_results) add(one.name).add(v);
    });
  }

  // A component: its name, version, options and parts, or what its identity() says.
  template <class T>
  identity& add_component(T& thing) {
    using type = std::remove_cvref_t<T>;
    if constexpr (!identified<type>) {
      return add(thing);
    } else {
      add(detail::short_name<type>());
      if constexpr (has_version<type>) add(static_cast<int>(type::version));
      if constexpr (has_options<type>) add(thing);
      if constexpr (has_parts<type>)
        thing.each_part([&](auto&& one) { add_component(one); });
      else if constexpr (has_identity<type>)
        add(std::string{thing.identity()});
      return *this;
    }
  }

  hash128 value() const { return hash_.value(); }
  std::string text() const { return hex(value()); }

 private:
  void number(char kind, std::uint64_t value) {
    char bytes[9]{kind};
    for (int i = 0; i < 8; ++i) bytes[i + 1] = static_cast<char>(value >> (8 * i) & 0xffU);
    hash_.add({bytes, sizeof bytes});
  }
  void text(char kind, std::string_view value) {
    number(kind, value.size());
    hash_.add(value);
  }

  xxh3_stream hash_{};
};

}  // namespace ease::inline v1
