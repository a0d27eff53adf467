// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rows of a second file, to be put beside those of a first: found by a column that tells rows apart, `id` or else `prompt`
// where none is named. Memory holds all of the second file.
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/io/json/raw_json.hpp>
#include <ease/io/json/terminal_text.hpp>
#include <ease/io/schemas/check_columns.hpp>
#include <ease/record/fields.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// A member's value as a person would write it: a text without its quotes. Empty if the row has it not.
inline std::string text_of_member(raw_members const& row, std::string_view key) {
  auto const* const raw = detail::find_member(row, key);
  if (raw == nullptr) return {};
  return raw->starts_with('"') ? detail::raw_parser{}.as<std::string>(*raw) : *raw;
}

class row_index {
 public:
  // `column`: by which rows are found; empty: `id` if the first row has one, else `prompt`.
  explicit row_index(std::string column = {}) : column_{std::move(column)} {}

  std::size_t size() const { return rows_.size(); }

  // Throws usage_error, which names the file, if the row has no such column or another row has the same there.
  void add(raw_members row, std::string const& file) {
    auto key = key_of(row, file);
    if (rows_.contains(key))
      throw usage_error{"{}: two rows have the {} {}; --by COLUMN names one that tells them apart", file, column_,
                        terminal_text(key.substr(0, 60), true)};
    rows_.emplace(std::move(key), std::move(row));
  }
  // The row beside this one of `file`, which is then no longer here; nothing if there is none.
  raw_members take(raw_members const& row, std::string const& file) {
    auto const found = rows_.find(key_of(row, file));
    return found == rows_.end() ? raw_members{} : std::move(rows_.extract(found).mapped());
  }

 private:
  std::string key_of(raw_members const& row, std::string const& file) {
    if (column_.empty()) column_ = detail::find_member(row, "id") != nullptr ? "id" : "prompt";
    if (detail::find_member(row, column_) != nullptr) return text_of_member(row, column_);
    std::vector<std::string> names;
    for (auto const& [name, raw] : row) names.push_back(name);
    throw usage_error{"{}: a row has no {}, by which rows stand beside each other; --by COLUMN names another: {}", file,
                      column_, detail::quoted_list(names)};
  }

  std::string column_;
  std::map<std::string, raw_members> rows_{};
};

}  // namespace ease::inline v1
