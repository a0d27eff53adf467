// SPDX-License-Identifier: Apache-2.0
#pragma once
// Our own keys: prompt, response, completion, categories, data_type, ...
#include <ease/io/schemas/schema.hpp>
#include <string_view>

namespace ease::inline v1 {

struct ease_schema {
  static constexpr std::string_view name = "ease";

  static fit how_well(first_row const& row) { return row.has_all() ? fit::all : row.has("prompt") ? fit::keys : fit::none; }

  static void plan(first_row const&, row_plan&) {}
};

}  // namespace ease::inline v1
