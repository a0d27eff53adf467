// SPDX-License-Identifier: Apache-2.0
#pragma once
// Our own keys: prompt, response, completion, categories, data_type, ...
#include <ease/io/schemas/schema.hpp>
#include <string_view>

namespace ease::inline v1 {

struct ease_schema {
  static constexpr std::string_view name = "ease";

  static fit how_well(first_row const& row) { return row.has_all() ? fit::all : row.has("prompt") ? fit::keys : fit::none; }

  // What a model answered is what is trained, as in the published script, where a row has no completion; but an answer that a
  // guard has judged is there to be replaced.
  static void plan(first_row const& row, row_plan& out) {
    if (row.has("response") && !row.has("verdict")) row.map_answer(out, "response");
  }
};

}  // namespace ease::inline v1
