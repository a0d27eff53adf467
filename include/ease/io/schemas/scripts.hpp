// SPDX-License-Identifier: Apache-2.0
#pragma once
// The published scripts: original_question or question, response, category or categories.
#include <ease/io/schemas/schema.hpp>
#include <string_view>

namespace ease::inline v1 {

struct scripts_schema {
  static constexpr std::string_view name = "scripts";

  static fit how_well(first_row const& row) {
    return row.has("original_question") ? fit::own_key : row.has("question") ? fit::keys : fit::none;
  }

  static void plan(first_row const& row, row_plan& out) {
    if (row.has("original_question")) {
      row.map(out, "prompt", "original_question");
      if (row.has("prompt"))
        row.map(out, "teacher_prompt", "prompt");  // the published `cot` keeps the teacher's whole prompt
    } else {
      row.map(out, "prompt", "question");
    }
    if (!row.has("categories") && row.has("category")) row.map(out, "categories", "category");
    row.map_answer(out, "response");
  }
};

}  // namespace ease::inline v1
