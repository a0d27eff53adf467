// SPDX-License-Identifier: Apache-2.0
#pragma once
// A column map that the user gave, against the first row of its file: what it names must be there.
#include <algorithm>
#include <array>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/io/files/did_you_mean.hpp>
#include <ease/io/json/field_table.hpp>
#include <ease/io/json/raw_json.hpp>
#include <ease/io/schemas/column_map.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1::detail {

// Keys that a column map may give to a column besides the record's own: those that schemas read, and those of our files.
inline constexpr std::array<std::string_view, 31> known_keys{
    "prompt",  "completion", "response",         "messages",   "conversations",   "conversation",  "instruction",
    "input",   "output",     "system",           "history",    "question",        "system_prompt", "adversarial",
    "vanilla", "answer",     "data_type",        "categories", "category",        "class",         "verdict",
    "id",      "tools",      "source",           "reasoning",  "response_tokens", "component",     "label",
    "chosen",  "rejected",   "original_question"};

// "\"a\", \"b\" and 3 more".
inline std::string quoted_list(std::vector<std::string> const& names) {
  std::string all;
  for (std::size_t i = 0; i < names.size() && i < 8; ++i) all += (all.empty() ? "" : ", ") + quoted_label(names[i]);
  if (names.size() > 8) all += fmt::format(" and {} more", names.size() - 8);
  return all.empty() ? "nothing" : all;
}

struct columns_there {
  std::string_view name;
  field_table const& fields;
  raw_members const& first_row;
  bool is_table;
};

// Throws ease::error for what is no field of the record, nor a key that a schema or a file of ours has; and for a column that a
// table has not. In other files a later row may have it.
inline void check_columns(column_map const& columns, columns_there const& file) {
  if (columns.entries.empty()) return;
  std::vector<std::string> known;
  for (auto const& one : file.fields.fields)
    for (auto const key : {one.key, one.read_from, one.formerly})
      if (!key.empty()) known.emplace_back(key);
  for (auto const key : known_keys) known.emplace_back(key);
  std::vector<std::string> there;
  for (auto const& [key, raw] : file.first_row) there.push_back(key);
  for (auto const& [field, column] : columns.entries) {
    if (std::ranges::find(known, field) == known.end())
      throw usage_error{
          "{}: {}={}: there is no field {}{}", file.name, quoted_label(field), quoted_label(column), quoted_label(field),
          did_you_mean(field, known)};
    if (file.is_table && std::ranges::find(there, column) == there.end())
      throw usage_error{"{}: {}={}: the table has no column {}{}; it has {}",
                        file.name,
                        quoted_label(field),
                        quoted_label(column),
                        quoted_label(column),
                        did_you_mean(column, there),
                        quoted_list(there)};
  }
}

}  // namespace ease::inline v1::detail
