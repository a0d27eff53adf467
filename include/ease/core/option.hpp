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
// From that one list come range checks, JSON, and a run's identity (core/identity.hpp). A struct inside a struct is a
// part(&outer::inner): its options stand beside the others.
#include <cmath>
#include <concepts>
#include <cstddef>
#include <ease/io/error.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace ease {

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

template <class Owner, class T, class Values = any_value>
struct option_of {
  std::string_view name;
  T Owner::*member;
  std::string_view help;
  Values values;
  bool changes_results{true};

  // For an option that decides how fast, how often or where, and never what comes out.
  constexpr option_of without_effect_on_results() const {
    auto copy = *this;
    copy.changes_results = false;
    return copy;
  }
};
template <class Owner, class T, class Values = any_value>
constexpr option_of<Owner, T, Values> option(std::string_view name, T Owner::*member, std::string_view help,
                                             Values values = {}) {
  return {name, member, help, values};
}

template <class Owner, class Part>
struct part_of {
  Part Owner::*member;
};
template <class Owner, class Part>
constexpr part_of<Owner, Part> part(Part Owner::*member) {
  return {member};
}

template <class T>
concept has_options = requires { std::tuple_size<decltype(T::options())>::value; };

// Calls visit(option, value) for each option, those of parts included, in order.
template <class Options, class Visit>
  requires has_options<std::remove_const_t<Options>>
void each_option(Options& from, Visit&& visit) {
  std::apply(
      [&](auto const&... one) {
        (
            [&] {
              if constexpr (requires { one.name; })
                visit(one, from.*one.member);
              else
                each_option(from.*one.member, visit);
            }(),
            ...);
      },
      std::remove_const_t<Options>::options());
}

// Throws ease::error that names the first option whose value is out of range. `where` begins the message.
template <has_options Options>
void check_options(Options const& all, std::string_view where) {
  each_option(all, [&](auto const& one, auto const& value) {
    auto const check = [&](auto const& v) {
      if (auto const problem = one.values.problem(v)) throw error{"{}{} is {}: {}", where, one.name, v, *problem};
    };
    if constexpr (std::same_as<std::remove_cvref_t<decltype(one.values)>, any_value>) {
    } else if constexpr (requires { value.has_value(), *value; }) {
      if (value) check(*value);
    } else if constexpr (!std::is_class_v<std::remove_cvref_t<decltype(value)>> ||
                         std::same_as<std::remove_cvref_t<decltype(value)>, std::string>) {
      check(value);
    } else {
      for (auto const& each : value) check(each);
    }
  });
}

}  // namespace ease
