// SPDX-License-Identifier: Apache-2.0
#pragma once
// The command of a program that a word names, and what is said of a word that names none. The file name of a published script
// (NAME.py) is a name of its command.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ease/io/files/did_you_mean.hpp>
#include <string>
#include <vector>

namespace ease::inline v1 {

// "there is no command "mixx"; did you mean mix?"
inline std::string no_command_named(CLI::App const& program, std::string const& word) {
  std::vector<std::string> names;
  for (auto const* const one : program.get_subcommands({})) names.push_back(one->get_name());
  auto const plain = word.ends_with(".py") ? word.substr(0, word.size() - 3) : word;
  return fmt::format("there is no command \"{}\"{}", word, did_you_mean(plain, names));
}

// Whether a line that was read has a word that should be a command and is none, be help asked for beside it.
inline bool names_no_command(CLI::App const& program) {
  if (!program.get_subcommands().empty()) return false;
  auto const left = program.remaining();
  return std::ranges::any_of(left, [](auto const& word) { return !word.starts_with('-'); });
}

// Throws CLI::ValidationError where there is none. `beside`: a command that is not meant.
inline CLI::App const& command_named(CLI::App const& program, std::string const& word, CLI::App const& beside) {
  for (auto const* const one : program.get_subcommands({}))
    if (one != &beside && one->check_name(word)) return *one;
  throw CLI::ValidationError{no_command_named(program, word)};
}

}  // namespace ease::inline v1
