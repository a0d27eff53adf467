// SPDX-License-Identifier: Apache-2.0
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

namespace ease::inline v1 {

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

// Enumerations, and optional values that may be "auto".
template <class T>
inline constexpr bool is_word = has_words<T>;
template <class T>
inline constexpr bool is_word<std::optional<T>> = has_words<T> || std::same_as<T, bool>;

// False if `text` is none of the words.
template <class T>
bool read_word(std::string const& text, T& into) {
  if constexpr (has_words<T>) {
    auto const found = from_word<T>(text);
    if (found) into = *found;
    return found.has_value();
  } else if constexpr (std::same_as<T, std::optional<bool>>) {
    bool const known = text == "auto" || text == "true" || text == "false";
    if (known) into = text == "auto" ? std::nullopt : std::optional{text == "true"};
    return known;
  } else {
    if (text == "auto") return into.reset(), true;
    typename T::value_type value{};
    bool const known = read_word(text, value);
    if (known) into = value;
    return known;
  }
}
template <class T>
std::string words_of_type() {
  std::string all;
  auto const add = [&](std::string_view word) { all.append(all.empty() ? "" : "|").append(word); };
  if constexpr (has_words<T>) {
    for (auto const word : words_of(T{})) add(word);
  } else if constexpr (std::same_as<T, std::optional<bool>>) {
    all = "auto|true|false";
  } else {
    all = "auto|" + words_of_type<typename T::value_type>();
  }
  return all;
}
// "refusal|llama-guard|judge", for the options that are one of some words; else TEXT.
template <class Values>
std::string words_text(Values const& values) {
  std::string all;
  if constexpr (requires { values.words; })
    for (auto const word : values.words) all.append(all.empty() ? "" : "|").append(word);
  return all.empty() ? "TEXT" : all;
}

// The range as --help shows it behind the option's type.
template <class Values>
std::string range_text(Values const& values) {
  constexpr bool least = requires { values.least; };
  constexpr bool most = requires { values.most; };
  if constexpr (std::same_as<Values, above>)
    return fmt::format("> {}", values.least);
  else if constexpr (std::same_as<Values, fraction_below_one>)
    return "0..1";
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

// A check for an enumeration, an optional one, or an optional switch.
template <class T>
CLI::Validator a_word_of() {
  auto const words = value_checks::words_of_type<T>();
  return CLI::Validator{[words](std::string& text) {
                          T value{};
                          return value_checks::read_word(text, value)
                                     ? std::string{}
                                     : fmt::format("\"{}\" is not known; choose one of {}", text, words);
                        },
                        words};
}
// Of a text that may be one of some words.
template <class Values>
CLI::Validator in_words(Values const& values) {
  return CLI::Validator{[values](std::string& text) {
                          auto const problem = values.problem(text);
                          if (!problem) return std::string{};
                          if constexpr (requires { Values::is_text; }) return *problem;  // it names what is wrong
                          return fmt::format("\"{}\" is not known; {}", text, *problem);
                        },
                        ""};
}

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

}  // namespace ease::inline v1
