// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/rows/read_options.hpp; core/compiled.hpp says where they are compiled.
#include <ease/io/formats/all.hpp>
#include <ease/io/rows/read_options.hpp>
#include <ease/io/schemas/all.hpp>

namespace ease::inline v1 {

EASE_INLINE read_options reading_as(row_spec const& said, read_options base) {
  if (said.format) base.format = *said.format;
  if (said.schema) base.schema = *said.schema;
  if (said.rows) base.rows_at = *said.rows;
  if (said.on_bad_row && *said.on_bad_row != "stop" && *said.on_bad_row != "reject")
    throw usage_error{"{}: on_bad_row \"{}\" is not known; choose stop or reject", said.file, *said.on_bad_row};
  if (said.on_bad_row) base.bad_rows = *said.on_bad_row == "reject" ? on_bad_row::reject : on_bad_row::stop;
  try {
    check_options(base);
    if (said.columns) base.columns = column_map::parse(*said.columns);
  } catch (usage_error const& problem) {
    throw usage_error{"{}: {}", said.file, problem.what()};
  }
  return base;
}

EASE_INLINE void check_options(read_options const& options) {
  check_file_format(options.format);
  check_row_schema(options.schema);
}
EASE_INLINE std::string known_file_formats() { return file_format_names(); }
EASE_INLINE std::string known_row_schemas() { return row_schema_names(); }

}  // namespace ease::inline v1
