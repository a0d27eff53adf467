// SPDX-License-Identifier: Apache-2.0
#pragma once
// The options of a command line with the values that they have, for reports: what a result depends on is reported with it.
#include <CLI/CLI.hpp>
#include <ease/core/compiled.hpp>
#include <string>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// The group of options that a command accepts and ignores, so that scripts written for another program run.
inline constexpr char const* without_effect_group = "Accepted without effect";
// Of those that it refuses with the reason, in place of "there is no option".
inline constexpr char const* refused_group = "Refused";

// Options that say how a command runs or what it prints, on which no row depends.
bool shapes_no_row(std::string const& option);

// The text of an option's value, given or default; lines of them where there are several.
std::string value_text(CLI::Option const& option);

// Each option by name, in the order of --help, as a JSON object: `{"input": "a.jsonl", "max_tokens": 512, ...}`. A number is
// a number, a switch true or false, one without a value null. Options without effect, and those that are refused, are
// left out.
std::string settings_json(CLI::App const& line);

// Every option that rows could depend on by name, whether it was given or not. Files and models are left out, for they are
// told by what is in them: another machine may have them under other names.
std::vector<std::pair<std::string, std::string>> settings_of_rows(CLI::App const& line);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/settings/chosen_settings.ipp>
#endif
