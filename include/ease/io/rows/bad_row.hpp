// SPDX-License-Identifier: Apache-2.0
#pragma once
// A row that could not be read, and why. Its message never quotes what the row says; `raw` does, and is for the reject file.
#include <fmt/format.h>

#include <cstddef>
#include <ease/io/formats/row_text.hpp>
#include <ease/io/json/terminal_text.hpp>
#include <string>
#include <string_view>

namespace ease::inline v1 {

// What a reader does with a bad row: throw its message as an ease::error, or hand it to the reject sink and go on.
enum class on_bad_row { stop, reject };

struct bad_row {
  std::string file;
  std::size_t line{0};   // where the row starts, from 1; of a Parquet file the row's number
  std::size_t group{0};  // of a Parquet file: its row group, from 1
  std::string field{};   // our key of the field that is wrong; empty if it is the row as a whole
  std::string column{};  // the file's key of it, if that is another
  std::string reason{};
  std::string_view raw{};  // the row as it stands in the file; empty if it was too long to keep

  std::string place() const { return place_of_row(file, line, group); }
  // data/x.jsonl:17: field "prompt": expected a string, found a number
  std::string message() const {
    if (field.empty()) return fmt::format("{}: {}", place(), reason);
    auto const named = [](std::string const& key) { return '"' + terminal_text(key, true) + '"'; };  // keys are a file's own
    if (column.empty() || column == field) return fmt::format("{}: field {}: {}", place(), named(field), reason);
    return fmt::format("{}: field {} (column {}): {}", place(), named(field), named(column), reason);
  }
};

}  // namespace ease::inline v1
