// SPDX-License-Identifier: Apache-2.0
#pragma once
// A row of a benchmark's file, by its keys. Each error names file, line and key.
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/record/fields.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

class task_row {
 public:
  // `where`: "FILE:LINE". `members`: raw JSON, as of other_keys.
  task_row(std::string where, raw_members members) : where_{std::move(where)}, members_{std::move(members)} {}
  // Of a row's JSON text.
  static task_row of_json(std::string where, std::string_view object);

  bool has(std::string_view key) const { return find(key) != nullptr; }
  bool is_text(std::string_view key) const { return has(key) && find(key)->starts_with('"'); }
  bool is_list(std::string_view key) const { return has(key) && find(key)->starts_with('['); }
  bool is_object(std::string_view key) const { return has(key) && find(key)->starts_with('{'); }
  // Each throws ease::error if the key is missing or holds something else.
  std::string text(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;
  std::vector<task_row> rows(std::string_view key) const;
  task_row inner(std::string_view key) const;
  // An index from 0, below `end`, as a number or in digits; `first`: what stands for 0 in the file.
  std::size_t index(std::string_view key, std::size_t end, std::size_t first = 0) const;

  void add(std::string_view key, std::string raw) { members_.emplace_back(key, std::move(raw)); }

  std::string const& where() const { return where_; }
  [[noreturn]] void refuse(std::string_view key, std::string_view reason) const;

 private:
  std::string const* find(std::string_view key) const;
  template <class T>
  T as(std::string_view key) const;

  std::string where_;
  raw_members members_;
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/measure/question/task_row.ipp>
#endif
