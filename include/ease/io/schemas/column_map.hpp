// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which of the file's keys (or columns) each field is read from: "prompt=question,completion=response".
#include <ease/core/error.hpp>
#include <ease/record/answer.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

struct column_map {
  struct entry {
    std::string field;   // our key
    std::string column;  // the file's key
    friend bool operator==(entry const&, entry const&) = default;
  };
  std::vector<entry> entries{};

  // Reads `field=column` pairs separated by commas. `target` and `judgement` name their fields' keys, "completion" and
  // "verdict".
  static column_map parse(std::string_view text) {
    column_map out;
    while (!detail::trim(text).empty()) {
      auto const stop = text.find(',');
      auto const pair = text.substr(0, stop);
      text.remove_prefix(stop == text.npos ? text.size() : stop + 1);
      auto const equals = pair.find('=');
      auto const field = detail::trim(pair.substr(0, equals));
      auto const column = equals == pair.npos ? std::string_view{} : detail::trim(pair.substr(equals + 1));
      if (field.empty() || column.empty())
        throw usage_error{"column map: cannot read \"{}\"; write FIELD=COLUMN, e.g. prompt=question", pair};
      out.set(field == "target" ? "completion" : field == "judgement" ? "verdict" : field, column);
    }
    return out;
  }

  // Throws if either side is mapped already.
  void set(std::string_view field, std::string_view column) {
    for (auto const& one : entries) {
      if (one.field == field) throw usage_error{"column map: the field \"{}\" is named twice", field};
      if (one.column == column) throw usage_error{"column map: the column \"{}\" is used twice", column};
    }
    entries.push_back({std::string{field}, std::string{column}});
  }

  // Our key for the file's. A column that merely has the name of a field that is read from elsewhere stays apart.
  std::string key_of(std::string_view column) const {
    for (auto const& one : entries)
      if (one.column == column) return one.field;
    for (auto const& one : entries)
      if (one.field == column) return std::string{column} + "_in_file";
    return std::string{column};
  }

  bool names(std::string_view field) const {
    for (auto const& one : entries)
      if (one.field == field) return true;
    return false;
  }

  // Our key for a column that the map names.
  std::string_view field_of(std::string_view column) const {
    for (auto const& one : entries)
      if (one.column == column) return one.field;
    return {};
  }

  // The file's key for ours.
  std::string_view column_of(std::string_view field) const {
    for (auto const& one : entries)
      if (one.field == field) return one.column;
    return field;
  }
};

}  // namespace ease::inline v1
