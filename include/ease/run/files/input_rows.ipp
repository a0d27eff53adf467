// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of run/files/input_rows.hpp; core/compiled.hpp says where they are compiled.
#include <ease/core/error.hpp>
#include <ease/run/files/input_rows.hpp>

namespace ease::inline v1 {

EASE_INLINE read_options to_read_options(input_options const& in) {
  read_options out;
  out.format = in.format;
  out.schema = in.schema;
  check_options(out);
  out.columns = column_map::parse(in.columns);
  out.allow_empty = in.allow_empty;
  if (in.on_bad_row == "reject")
    out.bad_rows = on_bad_row::reject;
  else if (in.on_bad_row != "stop")
    throw error{"--on-bad-row \"{}\" is not known; choose stop or reject", in.on_bad_row};
  return out;
}

}  // namespace ease::inline v1
