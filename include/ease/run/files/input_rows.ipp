// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of run/files/input_rows.hpp; core/compiled.hpp says where they are compiled.
#include <ease/core/error.hpp>
#include <ease/hub/hub_source.hpp>
#include <ease/io/formats/row_spec.hpp>
#include <ease/run/files/input_rows.hpp>

namespace ease::inline v1 {

EASE_INLINE input_options input_options::spelled_out() const {
  auto out = *this;
  auto const spec = row_spec::parse(file);
  out.file = spec.file;
  if (spec.columns) out.columns = *spec.columns;
  if (spec.schema) out.schema = *spec.schema;
  if (spec.format) out.format = *spec.format;
  if (spec.on_bad_row) out.on_bad_row = *spec.on_bad_row;
  if (spec.bad_rows) out.bad_rows = *spec.bad_rows;
  if (spec.several_turns) out.several_turns = *spec.several_turns;
  if (spec.rows) out.rows_at = *spec.rows;
  if (spec.where) out.where = *spec.where, out.where_as.clear();
  if (spec.max_rows) out.max_rows = *spec.max_rows;
  if (!out.split.empty()) {
    auto name = hub_name_in(out.file, hub_kind::dataset);
    if (!name) throw usage_error{"{}: a split is one of a data set of the hub, and this is a file", out.file};
    if (!detail::is_hub_word(out.split))
      throw usage_error{"{}: \"{}\" is no split's name; a slice of one is a split and so many rows of it", out.file,
                        out.split};
    if (!name->split.empty() && name->split != out.split)
      throw usage_error{"{}: the name says one split, and {} is said too; keep one of them", out.file, out.split};
    name->split = out.split;
    out.file = name->text();
  }
  return out;
}

EASE_INLINE read_options to_read_options(input_options const& said) {
  auto const in = said.spelled_out();
  row_spec spec{.file = in.file,
                .columns = in.columns,
                .schema = in.schema,
                .format = in.format,
                .on_bad_row = in.on_bad_row,
                .rows = in.rows_at,
                .several_turns = in.several_turns};
  auto out = reading_as(spec);
  try {
    out.where = row_filter::parse(in.where, in.where_as);
  } catch (usage_error const& problem) {
    throw usage_error{"{}: {}", in.file, problem.what()};
  }
  out.allow_empty = in.allow_empty;
  out.on_guess = in.on_guess;
  out.why_no_tools = in.why_no_tools;
  return out;
}

}  // namespace ease::inline v1
