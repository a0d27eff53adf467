// SPDX-License-Identifier: Apache-2.0
#pragma once
// The schemas of rows that are known. Adding one: its file beside this one, and its name in the list.
#include <ease/core/error.hpp>
#include <ease/io/schemas/alpaca.hpp>
#include <ease/io/schemas/ease_rows.hpp>
#include <ease/io/schemas/messages.hpp>
#include <ease/io/schemas/prompt_completion.hpp>
#include <ease/io/schemas/scripts.hpp>
#include <ease/io/schemas/sharegpt.hpp>
#include <ease/io/schemas/star1.hpp>
#include <ease/io/schemas/wildjailbreak.hpp>
#include <string>
#include <string_view>
#include <tuple>

namespace ease::inline v1 {

// Where two fit equally well, the first is taken.
using row_schemas = std::tuple<messages_schema, sharegpt_schema, prompt_completion_schema, ease_schema, wildjailbreak_schema,
                               alpaca_schema, star1_schema, scripts_schema>;

// "automatic, messages, ...", for help and messages.
inline std::string row_schema_names() {
  std::string all{"automatic"};
  std::apply([&](auto... one) { ((all.append(", ").append(one.name)), ...); }, row_schemas{});
  return all;
}

// Throws ease::error if there is no schema of that name.
inline void check_row_schema(std::string_view name) {
  bool const known =
      name == "automatic" || std::apply([&](auto... one) { return ((one.name == name) || ...); }, row_schemas{});
  if (!known) throw usage_error{"row schema \"{}\" is not known; choose one of {}", name, row_schema_names()};
}

// The plan for a file's rows by the schema of that name; automatic: the one that fits best, and ours if none does.
inline row_plan plan_rows(first_row const& row, std::string_view name, column_map const& columns) {
  check_row_schema(name);
  std::string_view chosen = name == "automatic" ? ease_schema::name : name;
  if (name == "automatic") {
    auto best = fit::none;
    auto const look = [&](auto one) {
      if (auto const how = one.how_well(row); how > best) best = how, chosen = one.name;
    };
    std::apply([&](auto... one) { (look(one), ...); }, row_schemas{});
  }
  row_plan out{chosen, columns, nullptr, row.answer_key()};
  auto const plan_by = [&](auto one) {
    if (one.name == chosen) one.plan(row, out);
  };
  std::apply([&](auto... one) { (plan_by(one), ...); }, row_schemas{});
  return out;
}

}  // namespace ease::inline v1
