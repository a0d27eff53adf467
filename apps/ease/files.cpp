// SPDX-License-Identifier: Apache-2.0
#include "files.hpp"

#include <fmt/ranges.h>

#include <ease/core/error.hpp>

namespace ease::app {

read_options to_read_options(input_options const& in) {
  read_options out;
  auto const format = [&]() -> std::optional<file_format> {
    if (in.format == "automatic") return file_format::automatic;
    if (in.format == "jsonl") return file_format::json_lines;
    if (in.format == "json") return file_format::json_array;
    if (in.format == "tsv") return file_format::tsv;
    if (in.format == "csv") return file_format::csv;
    return std::nullopt;
  }();
  if (!format) throw error{"--format \"{}\" is not known; choose automatic, jsonl, json, tsv or csv", in.format};
  out.format = *format;
  auto const shape = row_shape_from(in.shape);
  if (!shape) throw error{"--shape \"{}\" is not known; choose one of {}", in.shape, fmt::join(row_shape_names, ", ")};
  out.shape = *shape;
  out.columns = column_map::parse(in.columns);
  out.allow_empty = in.allow_empty;
  if (in.on_bad_row == "reject")
    out.bad_rows = on_bad_row::reject;
  else if (in.on_bad_row != "stop")
    throw error{"--on-bad-row \"{}\" is not known; choose stop or reject", in.on_bad_row};
  return out;
}

}  // namespace ease::app
