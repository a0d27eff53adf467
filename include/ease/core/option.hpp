// SPDX-License-Identifier: Apache-2.0
#pragma once
// Options are written once. A struct of options names each member in `options()`, with the name users type, what it means,
// the values it takes, and whether results depend on it:
//
//     struct sampling {
//       double temperature{0.7};
//       static constexpr auto options() {
//         return std::tuple{option("temperature", &sampling::temperature, "0 is greedy", at_least(0.0))};
//       }
//     };
//
// From that one list come range checks, JSON, a run's identity (core/identity.hpp), and in programs the flags of the command
// line, the keys of a settings file and the help. A struct inside a struct is a part(&outer::inner), a base class is
// inherited<outer, base>: their options are listed with the others. An option that is itself a struct of options is a table
// of its own in a settings file, [threshold].
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <ease/core/error.hpp>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// What values an option takes. Each says what is wrong with a value in words that follow "is V: "; nullopt if nothing is.
struct any_value {
  static constexpr std::optional<std::string> problem(auto const&) { return std::nullopt; }
};
template <class T>
struct between {
  T least, most;
  std::optional<std::string> problem(auto const& value) const {
    if (value >= static_cast<std::remove_cvref_t<decltype(value)>>(least) &&
        value <= static_cast<std::remove_cvref_t<decltype(value)>>(most))
      return std::nullopt;
    return fmt::format("it must lie between {} and {}", least, most);
  }
};
template <class T>
between(T, T) -> between<T>;  // clang before 17 deduces no aggregate's arguments
template <class T>
struct at_least {
  T least;
  constexpr explicit at_least(T value) : least{value} {}
  std::optional<std::string> problem(auto const& value) const {
    if constexpr (std::floating_point<std::remove_cvref_t<decltype(value)>>)
      if (!std::isfinite(value)) return "it must be a finite number";
    if (value >= static_cast<std::remove_cvref_t<decltype(value)>>(least)) return std::nullopt;
    return fmt::format("it must be {} or more", least);
  }
};
// Above `least` and at most `most`, infinity excluded.
struct above {
  double least{0}, most{std::numeric_limits<double>::max()};
  std::optional<std::string> problem(double value) const {
    if (value > least && value <= most) return std::nullopt;
    if (most < std::numeric_limits<double>::max()) return fmt::format("it must be above {} and at most {}", least, most);
    return fmt::format("it must be a finite number above {}", least);
  }
};
// From 0 to 1, but not 1 itself.
struct fraction_below_one {
  std::optional<std::string> problem(double value) const {
    if (value >= 0 && value < 1) return std::nullopt;
    return "it must be 0 or more, and below 1";
  }
};
template <std::size_t N>
struct one_of_words {
  std::string_view words[N];
  std::optional<std::string> problem(std::string const& value) const {
    std::string list;
    for (auto const word : words) {
      if (word == value) return std::nullopt;
      list.append(list.empty() ? "" : ", ").append(word);
    }
    return "choose one of " + list;
  }
};
template <class... Words>
one_of_words(Words...) -> one_of_words<sizeof...(Words)>;

// An enumeration is an option by the words of its values, in their order, found by argument-dependent lookup:
//     constexpr auto words_of(schedule) { return std::array{"constant"sv, "linear"sv, "cosine"sv}; }
template <class E>
concept has_words = std::is_enum_v<E> && requires(E value) {
  { words_of(value)[0] } -> std::convertible_to<std::string_view>;
};
template <has_words E>
constexpr std::string_view word_of(E value) {
  return words_of(value)[static_cast<std::size_t>(value)];
}
template <has_words E>
constexpr std::optional<E> from_word(std::string_view word) {
  constexpr auto words = words_of(E{});
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words[i] == word) return static_cast<E>(i);
  return std::nullopt;
}

template <class Owner, class T, class Values = any_value>
struct option_of {
  using owner = Owner;
  using value_type = T;

  std::string_view name;
  T Owner::*member;
  std::string_view help;
  Values values;
  bool changes_results{true};
  std::string_view aliases{};  // further names on a command line, with commas between: those of published scripts
  bool is_path{false};         // of a file or folder, or a model's name: relative to the settings file it stands in
  std::string_view (*why_idle)(Owner const&){nullptr};
  std::string_view former_names{};  // of earlier versions, with commas between
  std::string_view former_words{};  // the same of its values: "old=new"

  // For an option that decides how fast, how often or where, and never what comes out.
  constexpr option_of without_effect_on_results() const {
    auto copy = *this;
    copy.changes_results = false;
    return copy;
  }
  constexpr option_of also(std::string_view names) const {
    auto copy = *this;
    copy.aliases = names;
    return copy;
  }
  // Names that it, or the table it is, had in earlier versions, and words of its values, as "old=new": they are read, and
  // not shown. The old and the new name together are an error.
  constexpr option_of formerly(std::string_view names, std::string_view words = {}) const {
    auto copy = *this;
    copy.former_names = names;
    copy.former_words = words;
    return copy;
  }
  constexpr option_of path() const {
    auto copy = *this;
    copy.is_path = true;
    return copy;
  }
  // Why it has no effect with the values of the others; empty if it has. Given all the same, it is an error.
  constexpr option_of idle(std::string_view (*why)(Owner const&)) const {
    auto copy = *this;
    copy.why_idle = why;
    return copy;
  }
};
template <class Owner, class T, class Values = any_value>
constexpr option_of<Owner, T, Values> option(std::string_view name, T Owner::*member, std::string_view help,
                                             Values values = {}) {
  return {name, member, help, values};
}

// Calls visit(name) for each name of a list with commas between.
constexpr void each_name(std::string_view names, auto&& visit) {
  while (!names.empty()) {
    auto const end = names.find(',');
    visit(names.substr(0, end));
    names.remove_prefix(end == names.npos ? names.size() : end + 1);
  }
}
// A value as it is written today.
constexpr std::string_view current_word(auto const& option, std::string_view word) {
  auto current = word;
  each_name(option.former_words, [&](std::string_view pair) {
    if (auto const equals = pair.find('='); pair.substr(0, equals) == word) current = pair.substr(equals + 1);
  });
  return current;
}

template <class Owner, class Part>
struct part_of {
  Part Owner::*member;
  std::string_view (*why_idle)(Owner const&){nullptr};

  // The same of all options of the part.
  constexpr part_of idle(std::string_view (*why)(Owner const&)) const { return {member, why}; }
};
template <class Owner, class Part>
constexpr part_of<Owner, Part> part(Part Owner::*member) {
  return {member};
}

// The options of a base class; it must list them itself.
template <class Owner, class Base>
struct base_of {
  using base = Base;
};
template <class Owner, class Base>
inline constexpr base_of<Owner, Base> inherited{};

template <class T>
concept has_options = requires { std::tuple_size<decltype(T::options())>::value; };

// Calls visit(option, value), or visit(option, value, owner), for each option, those of parts and bases included, in order.
template <class Options, class Visit>
  requires has_options<std::remove_const_t<Options>>
void each_option(Options& from, Visit&& visit) {
  std::apply(
      [&](auto const&... one) {
        (
            [&] {
              using kind = std::remove_cvref_t<decltype(one)>;
              if constexpr (requires { typename kind::base; }) {
                using base = std::conditional_t<std::is_const_v<Options>, typename kind::base const, typename kind::base>;
                each_option(static_cast<base&>(from), visit);
              } else if constexpr (!requires { one.name; }) {
                each_option(from.*one.member, visit);
              } else if constexpr (requires { visit(one, from.*one.member, from); }) {
                visit(one, from.*one.member, from);
              } else {
                visit(one, from.*one.member);
              }
            }(),
            ...);
      },
      std::remove_const_t<Options>::options());
}

// Calls visit(option, why) for each option that has no effect with the values of the others.
template <has_options Options>
void each_idle_option(Options const& of, auto&& visit, std::string_view why_all = {}) {
  std::apply(
      [&](auto const&... one) {
        (
            [&] {
              using kind = std::remove_cvref_t<decltype(one)>;
              if constexpr (requires { typename kind::base; }) {
                each_idle_option(static_cast<typename kind::base const&>(of), visit, why_all);
              } else {
                auto why = why_all;
                if (why.empty() && one.why_idle != nullptr) why = one.why_idle(of);
                if constexpr (!requires { one.name; })
                  each_idle_option(of.*one.member, visit, why);
                else if (!why.empty())
                  visit(one, why);
              }
            }(),
            ...);
      },
      Options::options());
}

// A value as users write it: words for enumerations, "auto" for an optional one that has none, commas between those of a
// list.
template <class T>
std::string option_text(T const& value) {
  if constexpr (std::convertible_to<T const&, std::string_view>) {
    return std::string{std::string_view{value}};
  } else if constexpr (has_words<T>) {
    return std::string{word_of(value)};
  } else if constexpr (std::is_arithmetic_v<T>) {
    return fmt::format("{}", value);
  } else if constexpr (requires { value.has_value(), *value; }) {
    return value ? option_text(*value) : "auto";
  } else {
    std::string all;
    for (auto const& one : value) all.append(all.empty() ? "" : ",").append(option_text(one));
    return all;
  }
}

// What is wrong with an option's value, in words that follow "is V: ", and that V; nullopt if nothing is. A list has the
// range for each of its values, an optional value for the one it has.
template <class Option, class T>
std::optional<std::pair<std::string, std::string>> problem_with(Option const& one, T const& value) {
  if constexpr (std::same_as<std::remove_cvref_t<decltype(one.values)>, any_value> || has_options<T>) {
    return std::nullopt;
  } else if constexpr (requires { value.has_value(), *value; }) {
    return value ? problem_with(one, *value) : std::nullopt;
  } else if constexpr (!std::is_class_v<T> || std::same_as<T, std::string>) {
    if (auto problem = one.values.problem(value)) return std::pair{option_text(value), *std::move(problem)};
    return std::nullopt;
  } else {
    for (auto const& each : value)
      if (auto problem = problem_with(one, each)) return problem;
    return std::nullopt;
  }
}

// Throws ease::error that names the first option whose value is out of range. `where` begins the message.
template <has_options Options>
void check_options(Options const& all, std::string_view where) {
  each_option(all, [&]<class T>(auto const& one, T const& value) {
    if constexpr (has_options<T>)
      check_options(value, fmt::format("{}{}.", where, one.name));
    else if (auto const bad = problem_with(one, value))
      throw error{"{}{} is {}: {}", where, one.name, bad->first, bad->second};
  });
}

}  // namespace ease::inline v1
