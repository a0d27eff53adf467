// SPDX-License-Identifier: Apache-2.0
#pragma once
// The guards, classifiers and teachers that a command line or a settings file can name: names at run time, types from here on.
// Each is one entry of a list (guards.hpp, classifiers.hpp, teachers.hpp), from which come the values of an option, its help
// and its messages. The chosen one is given to a template: the pipelines behind it are the typed ones a C++ user writes.
#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/core/option.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

namespace ease::inline v1 {

// What options and commands ask of a kind, so that they name none: an option that a kind leaves idle is refused with it.
struct kind_facts {
  bool asks_model{true};
  bool gives_probability{true};  // of its verdicts or labels: they have a threshold
  bool reads_refusals_only{false};
};

// `about`: a few words for --help, or none. `make(open, choice)`: the thing itself; `open` gives the model of the choice.
template <class Make>
struct named_kind {
  std::string_view name, about;
  kind_facts facts;
  Make make;
};
template <class Make>
named_kind(std::string_view, std::string_view, kind_facts, Make) -> named_kind<Make>;

// A short text that is put together while the program compiles (g++ 12 cannot do that with a std::string). Longer than its
// place: it does not compile.
struct short_text {
  std::array<char, 400> chars{};
  std::size_t size{0};

  constexpr short_text& operator+=(std::string_view more) {
    for (char const c : more) chars.at(size++) = c;
    return *this;
  }
  constexpr std::string_view view() const { return {chars.data(), size}; }
};

// "a", "a or b", "a, b, or c"; `shown(kind)` is empty for what is left out.
constexpr short_text listed(auto const& kinds, auto const& shown) {
  short_text out, last;
  std::size_t count = 0;
  auto const add = [&](short_text const& one) {
    if (one.size == 0) return;
    if (count++ > 0) (out += count > 2 ? ", " : "") += last.view();
    last = one;
  };
  std::apply([&](auto const&... each) { (add(shown(each)), ...); }, kinds);
  out += count < 2 ? "" : count == 2 ? " or " : ", or ";
  return out += last.view();
}

template <auto const& Kinds>
inline constexpr short_text help_text = listed(Kinds, [](auto const& kind) {
  short_text text;
  text += kind.name;
  if (!kind.about.empty()) ((text += " (") += kind.about) += ")";
  return text;
});
template <auto const& Kinds>
inline constexpr std::string_view help_of = help_text<Kinds>.view();

template <auto const& Kinds>
inline constexpr auto names_of =
    std::apply([](auto const&... each) { return one_of_words<sizeof...(each)>{{each.name...}}; }, Kinds);

// Of a name that is in no list: that it asks no model.
constexpr kind_facts facts_of(auto const& kinds, std::string_view name) {
  kind_facts found{.asks_model = false, .gives_probability = false};
  std::apply([&](auto const&... each) { ((each.name == name ? void(found = each.facts) : void()), ...); }, kinds);
  return found;
}

namespace detail {
template <auto const& Kinds, auto const& Before, auto const& After>
inline constexpr auto texts_about =
    std::apply([](auto const&... each) { return std::array{(((short_text{} += Before) += each.name) += After)...}; }, Kinds);
}  // namespace detail

// Before, the name and After as one text, for each kind made while the program compiles; empty for a name in no list.
template <auto const& Kinds, auto const& Before, auto const& After>
constexpr std::string_view text_about(std::string_view name) {
  std::string_view found;
  std::size_t i = 0;
  std::apply(
      [&](auto const&... each) {
        ((each.name == name ? void(found = detail::texts_about<Kinds, Before, After>[i].view()) : void(), ++i), ...);
      },
      Kinds);
  return found;
}

// One of them, with models that come as `Model`.
template <auto const& Kinds, class Choice, class Model>
using variant_of = decltype(std::apply(
    [](auto const&... each)
        -> std::variant<decltype(each.make(std::declval<Model (*const&)()>(), std::declval<Choice const&>()))...> {
      throw;  // for its type alone
    },
    Kinds));

// Calls use(the chosen one). `open(name)` gives a model; the caller decides whether models are shared.
template <std::size_t I = 0, class... Makes, class Choice, class Open, class Use>
auto with_kind(std::tuple<named_kind<Makes>...> const& kinds, std::string_view what, Choice const& choice, Open&& open,
               Use&& use) {
  auto const& kind = std::get<I>(kinds);
  if (choice.kind == kind.name)
    return use(kind.make(
        [&]() -> decltype(auto) {
          if (choice.model.empty())
            throw usage_error{"{} {}: name its model: a folder, a .gguf file or openai:MODEL@URL", what, kind.name};
          return open(choice.model);
        },
        choice));
  if constexpr (I + 1 < sizeof...(Makes))
    return with_kind<I + 1>(kinds, what, choice, open, use);
  else
    throw usage_error{"{} \"{}\" is not known; choose {}", what, choice.kind,
                      listed(kinds, [](auto const& one) { return short_text{} += one.name; }).view()};
}

}  // namespace ease::inline v1
