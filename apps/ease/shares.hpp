#pragma once
// What a part of a command's rows (--shard) says besides its rows, and how `ease merge` adds it up: the use of remote
// models, and the table of `ease evaluate`.
#include <string>
#include <string_view>

#include "steps.hpp"

namespace ease::app {

// As a JSON object; empty where there is nothing of the kind.
std::string share_of(step_report const& part);
// Adds what a part has said. Throws simdjson::simdjson_error if it is not share_of's.
void add_share(step_report& whole, std::string_view share);
// After the last part: classes in the order in which the input has them, and the table among the report's details.
void finish_shares(step_report& whole);

}  // namespace ease::app
