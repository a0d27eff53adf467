// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is wrong with a command line, in one sentence that names what the user typed, in place of the library's own words.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ease/io/files/did_you_mean.hpp>
#include <ease/settings/command.hpp>
#include <ease/settings/command_named.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace ease::inline v1 {

// What is wrong with a command line that gives an option by its name of an earlier version too; empty if nothing is.
inline std::string given_twice(std::vector<std::string_view> const& words) {
  auto const given = [&](std::string_view flag) {
    return std::ranges::any_of(words, [&](auto const word) {
      return word.starts_with(flag) && (word.size() == flag.size() || word[flag.size()] == '=');
    });
  };
  for (auto const& [command, current, former] : former_flags())
    if (std::ranges::find(words, command) != words.end() && given(former) && given(current))
      return fmt::format("ease {}: {} is the former name of {}, and both are given; keep {}", command, former, current,
                         current);
  return {};
}

namespace detail {

// How often an option is given, in place of the library's "--model: At Most 1 required but received 2".
inline std::string in_own_words(std::string const& said) {
  auto const name = said.substr(0, said.find(": "));
  auto const number_behind = [&](std::string_view word) {
    auto const at = said.find(word);
    return at == said.npos ? std::string{}
                           : said.substr(at + word.size(), said.find(' ', at + word.size()) - at - word.size());
  };
  auto const most = number_behind("At Most "), least = number_behind("At least "), got = number_behind("received ");
  if (most == "1") return fmt::format("{} is given {} times; give it once", name, got);
  if (!most.empty()) return fmt::format("{} takes {} values at most, and {} are given", name, most, got);
  if (!least.empty()) return fmt::format("{} takes {} values or more, and {} are given", name, least, got);
  if (said.ends_with(" missing")) return fmt::format("{} stands without a value", name);
  return said;
}

}  // namespace detail

// What is wrong with a command line: an option or command that is not known is named before one that is missing, and before what
// is wrong with its value, which another option or an argument took for its own.
inline std::string complaint(CLI::App const& app, CLI::App const* command, CLI::ParseError const& e) {
  auto const is = [&]<class Error>(std::type_identity<Error>) { return dynamic_cast<Error const*>(&e) != nullptr; };
  bool const may_be_a_word = e.get_exit_code() == 0 ||  // help of what is no command
                             is(std::type_identity<CLI::ExtrasError>{}) || is(std::type_identity<CLI::RequiredError>{}) ||
                             is(std::type_identity<CLI::RequiresError>{});
  bool const has_words_of_another = command != nullptr && command->get_prefix_command();
  auto const unknown = may_be_a_word || !has_words_of_another ? app.remaining(true) : std::vector<std::string>{};
  if (command == nullptr && !unknown.empty() && !unknown.front().starts_with('-'))
    return no_command_named(app, unknown.front());
  for (auto const& word : unknown) {
    if (!word.starts_with('-') || word == "-" || word == "--") continue;
    auto const name = word.substr(0, word.find('='));
    std::vector<std::string> names;
    for (auto const* const from : {command, &app})
      if (from != nullptr)
        for (auto const* const option : from->get_options())
          for (auto const& one : option->get_lnames()) names.push_back("--" + one);
    return fmt::format("there is no option {}{}", name, did_you_mean(name, names));
  }
  if (command == nullptr && may_be_a_word) return "name a command";
  if (!unknown.empty() && is(std::type_identity<CLI::ExtrasError>{}))
    return fmt::format("\"{}\" was not expected", unknown.front());
  if (is(std::type_identity<CLI::ArgumentMismatch>{})) return detail::in_own_words(e.what());
  return e.what();
}

}  // namespace ease::inline v1
