// SPDX-License-Identifier: Apache-2.0
#pragma once
// The options of a command line with the values that they have, for reports: what a result rests on stands beside it.
#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

namespace ease::app {

// Options that say how a command runs or what it prints, on which no row depends.
bool shapes_no_row(std::string const& option);

// The text of an option's value, given or default; lines of them where there are several.
std::string value_text(CLI::Option const& option);

// Each option by name, in the order of --help, as a JSON object: `{"input": "a.jsonl", "max_tokens": 512, ...}`. A number is
// a number, a switch true or false, one without a value null. Options that are accepted without effect are left out.
std::string settings_json(CLI::App const& line);

}  // namespace ease::app
