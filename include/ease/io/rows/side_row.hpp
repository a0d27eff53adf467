// SPDX-License-Identifier: Apache-2.0
#pragma once
// A row that goes no further, as a line of JSON for a side file: the fields it had by then, which stage stopped it, and why.
#include <ease/core/compiled.hpp>
#include <ease/core/outcome.hpp>
#include <ease/io/rows/write_records.hpp>
#include <ease/record/record.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace ease::inline v1 {

struct rejected_by : field<"rejected_by", std::string> {};
struct reject_reason : field<"reason", std::string> {};
struct reject_detail : field<"detail", std::optional<std::string>> {};

std::string side_line(std::string_view stage, detail::field_table const& fields, void const* row, rejected const& why);
std::string side_line(std::string_view stage, detail::field_table const& fields, void const* row, failure const& why);

// `why`: rejected or failure.
template <some_record Row>
std::string side_line(std::string_view stage, Row const& row, auto const& why) {
  return side_line(stage, fields_of<Row>(), &row, why);
}

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/io/rows/side_row.ipp>
#endif
