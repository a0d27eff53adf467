// SPDX-License-Identifier: Apache-2.0
#pragma once
// A row as a person reads it in a terminal: a field a block, texts with their own line ends, folded to the terminal's width;
// and two rows of the same thing beside each other, where what both say alike stands once. What strangers wrote is shown and
// never obeyed (io/json/terminal_text.hpp).
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/record/fields.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

// One value of a row that holds no other: of {"response": {"reasoning": "r"}} it is "response.reasoning" and "r". A message is
// named by its place and role: "messages[0] user".
struct row_value {
  std::string path{}, text{};
};

struct row_view_options {
  std::size_t width{100};  // columns of the terminal
  bool colour{false};
  // The values that are shown, by path or by what a path begins with ("response"); empty: all.
  std::vector<std::string> fields{};
};

// The values in the row's order. Throws ease::error if a member's text is no JSON.
std::vector<row_value> values_of_row(raw_members const& row);

// The heading, then a block a value. Each line ends in a line end.
std::string view_of_row(std::string_view heading, std::vector<row_value> const& row, row_view_options const& how);

// The same of two rows: values that differ stand beside each other, the first row's to the left. One that the other row has not
// is "(none)" there.
std::string view_of_rows(std::string_view heading, std::vector<row_value> const& left, std::vector<row_value> const& right,
                         row_view_options const& how);

// The text in lines of at most `width` columns of a terminal, broken at blanks where there are any. Wide characters (CJK, emoji)
// take two columns, combining ones none.
std::vector<std::string> folded(std::string_view text, std::size_t width);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/io/view/row_view.ipp>
#endif
