#pragma once
// Values that options take, checked while the command line is read. The ranges are those of core/option.hpp: of a struct
// with options() they come with its list, others are named where the option is added.
#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdlib>
#include <ease/core/option.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ease::app {

// Above `least`, and at most `most`.
struct above {
  double least, most;
  std::optional<std::string> problem(double value) const {
    if (value > least && value <= most) return std::nullopt;
    return fmt::format("it must be above {} and at most {}", least, most);
  }
};
// From 0 to 1, but not 1 itself.
struct share_below_one {
  std::optional<std::string> problem(double value) const {
    if (value >= 0 && value < 1) return std::nullopt;
    return "it must be 0 or more, and below 1";
  }
};

namespace value_checks {

template <class T>
struct number_in : std::type_identity<T> {};
template <class T>
struct number_in<std::optional<T>> : std::type_identity<T> {};
template <class T>
struct number_in<std::vector<T>> : std::type_identity<T> {};

// What is wrong with `text` as a T within `values`.
template <class T, class Values>
std::optional<std::string> problem_of(std::string const& text, Values const& values) {
  auto const* const end = text.data() + text.size();
  auto const read = [&](auto number) -> std::optional<std::string> {
    auto const [stop, bad] = std::from_chars(text.data(), end, number);
    if (bad == std::errc::result_out_of_range) return "it is too large a number";
    if (bad != std::errc{} || stop != end)
      return std::floating_point<T> ? "it must be a number" : "it must be a whole number";
    if (auto problem = values.problem(number)) return problem;
    if constexpr (std::integral<T>)
      if (!std::in_range<T>(number)) return std::cmp_less(number, 0) ? "it must be 0 or more" : "it is too large a number";
    return std::nullopt;
  };
  if constexpr (std::floating_point<T>)
    return read(T{});
  else
    return text.starts_with('-') ? read(0LL) : read(0ULL);
}

// The range as --help shows it behind the option's type.
template <class Values>
std::string range_text(Values const& values) {
  constexpr bool least = requires { values.least; };
  constexpr bool most = requires { values.most; };
  if constexpr (std::same_as<Values, above>)
    return fmt::format("> {}", values.least);
  else if constexpr (least && most)
    return fmt::format("{}..{}", values.least, values.most);
  else if constexpr (least)
    return fmt::format(">= {}", values.least);
  else if constexpr (most)
    return "> 0";
  else
    return {};
}

}  // namespace value_checks

// A check for an option that is read into a T, an optional T or a list of them.
template <class T, class Values>
CLI::Validator in_range(Values const& values) {
  using number = typename value_checks::number_in<T>::type;
  return CLI::Validator{[values](std::string& text) {
                          auto const problem = value_checks::problem_of<number>(text, values);
                          return problem ? fmt::format("{} is out of range: {}", text, *problem) : std::string{};
                        },
                        value_checks::range_text(values)};
}

}  // namespace ease::app
