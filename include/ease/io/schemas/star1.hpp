// SPDX-License-Identifier: Apache-2.0
#pragma once
// STAR-1: id, question, response, category[], source, score.
#include <ease/io/schemas/schema.hpp>
#include <string_view>

namespace ease::inline v1 {

struct star1_schema {
  static constexpr std::string_view name = "star1";

  static fit how_well(first_row const& row) {
    return row.has("question") && row.has("category") && row.has("score") ? fit::keys : fit::none;
  }

  static void plan(first_row const& row, row_plan& out) {
    row.map(out, "prompt", "question");
    row.map(out, "categories", "category");
    row.map_answer(out, "response");
  }
};

}  // namespace ease::inline v1
