// SPDX-License-Identifier: Apache-2.0
#pragma once
// A file of rows and how it is to be read, in one text, wherever a file is named: in a command line, in a component of a mix, in
// a settings file.
//
//     held_out.csv?columns=prompt=Goal,class=Kind&max_rows=200
//     release.json?rows=examples&on_bad_row=reject
//
// What stands behind the question mark holds for this file alone, and wins over what is said for all. A file that has such a
// name is that file. `%26` is an `&` in the name of a column.
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/core/option.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace ease::inline v1 {

struct row_spec {
  std::string file{};
  std::optional<std::string> columns{}, schema{}, format{}, on_bad_row{}, bad_rows{}, rows{}, several_turns{}, where{};
  std::optional<std::size_t> max_rows{};

  // The keys behind the question mark, and of a table of settings.
  static constexpr auto options() {
    using s = row_spec;
    return std::tuple{option("columns", &s::columns, "Where fields stand: FIELD=COLUMN,..."),
                      option("schema", &s::schema, "How rows are laid out"),
                      option("format", &s::format, "Of the file"),
                      option("on_bad_row", &s::on_bad_row, "stop, or reject: leave it out and count it"),
                      option("bad_rows", &s::bad_rows, "The file for bad rows that are left out"),
                      option("several_turns", &s::several_turns, "Which turn of a conversation is the prompt"),
                      option("rows", &s::rows, "The key of a JSON object that holds the rows"),
                      option("where", &s::where, "Read the rows alone whose column holds one of: COLUMN=VALUE,VALUE"),
                      option("max_rows", &s::max_rows, "Read at most so many rows", at_least(1))};
  }

  // Throws ease::error, which names the file, for a key that is not known or a number that is none.
  static row_spec parse(std::string_view said);
  // A value as it stands behind the question mark.
  static std::string escaped(std::string_view value);
  // The same as one text again.
  std::string text() const;
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/io/formats/row_spec.ipp>
#endif
