// SPDX-License-Identifier: Apache-2.0
#pragma once
// The formats of files of rows. Adding one: a file beside this one, and its name in the list. A format is a type with
//
//     static constexpr std::string_view name, title;             // as users type it; as messages say it
//     static likeness of(file_start const&);                      // whether a file looks like it
//     FORMAT(row_window&, std::size_t max_row_bytes);             // throws ease::error if the file cannot be one
//                                                                 // (with a third parameter, object_rows, if it needs that)
//     std::optional<row_text> next();                             // the next row, as JSON text, or as cells
//     columns(), cells();                                         // of a table: table_rows.hpp
//     fraction_read(), layout();                                  // if it reads the file itself: parquet_rows.hpp
#include <ease/core/error.hpp>
#include <ease/io/formats/json_array.hpp>
#include <ease/io/formats/json_lines.hpp>
#include <ease/io/formats/json_object.hpp>
#include <ease/io/formats/parquet_rows.hpp>
#include <ease/io/formats/table_rows.hpp>
#include <string>
#include <string_view>
#include <variant>

namespace ease::inline v1 {

using row_formats = std::variant<std::monostate, json_lines, json_array, json_object, parquet_rows, tsv_rows, csv_rows>;

namespace detail {

// Calls each(format's type as a null pointer).
template <class Each>
void for_each_format(Each&& each) {
  [&]<class... Format>(std::variant<std::monostate, Format...>*) {
    (each(static_cast<Format*>(nullptr)), ...);
  }(static_cast<row_formats*>(nullptr));
}

}  // namespace detail

// "automatic, jsonl, ...", for help and messages.
inline std::string file_format_names() {
  std::string all{"automatic"};
  detail::for_each_format([&]<class Format>(Format*) { all.append(", ").append(Format::name); });
  return all;
}

// Throws ease::error if there is no format of that name.
inline void check_file_format(std::string_view name) {
  bool known = name == "automatic";
  detail::for_each_format([&]<class Format>(Format*) { known = known || Format::name == name; });
  if (!known) throw usage_error{"file format \"{}\" is not known; choose one of {}", name, file_format_names()};
}

}  // namespace ease::inline v1
