// SPDX-License-Identifier: Apache-2.0
#pragma once
// Our own keys: prompt, response, completion, categories, data_type, ...
#include <ease/io/schemas/schema.hpp>
#include <string_view>

namespace ease::inline v1 {

struct ease_schema {
  static constexpr std::string_view name = "ease";

  // The released rows have the teacher's whole prompt in "prompt", and the question in a key of the scripts.
  static fit how_well(first_row const& row) {
    if (row.has_all() && !row.has("original_question")) return fit::all;
    return row.has("prompt") ? fit::keys : fit::none;
  }

  static void plan(first_row const&, row_plan&) {}
};

}  // namespace ease::inline v1
