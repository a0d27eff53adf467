// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which rows of a file are read, by what one of its columns holds: "source=PKU-SafeRLHF,UltraFeedback". The column is one of
// the file's own, before any schema or FIELD=COLUMN.
//
//   n=1            the numbers 1, 1.0 and 1e0, and the text "1"
//   kept=true      true, however it is written (True, TRUE), and the text "true"
//   note=null      null, and the text "null"
//   name="a, b",c  a value in quotes is a text: it may hold commas and blanks, and "" in it is a quote
//   n="1"          the text "1", and not the number
//   note=""        the empty text; of a table the empty cell
//
// A text is compared as it stands. The cells of a table say nothing of their types: one that spells a number is one.
#include <algorithm>
#include <ease/core/error.hpp>
#include <ease/io/formats/same_value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

struct row_filter {
  struct value {
    std::string text{};
    bool quoted{false};  // a text, whatever it spells
    friend bool operator==(value const&, value const&) = default;
  };
  std::string column{};
  std::vector<value> values{};
  std::string said{};  // as the user said it, for messages: "where source=one"

  bool is_empty() const { return column.empty(); }
  bool takes_text(std::string_view text) const {
    return std::ranges::any_of(values, [&](auto const& one) { return one.text == text; });
  }
  // `json`: a number, true, false or null as the file spells it.
  bool takes_word(std::string_view json) const {
    return std::ranges::any_of(values,
                               [&](auto const& one) { return !one.quoted && detail::is_same_value(one.text, json); });
  }
  bool takes_cell(std::string_view cell) const { return takes_text(cell) || (!cell.empty() && takes_word(cell)); }

  // An empty text takes every row. `as`: what the user typed, where that was not "where TEXT". Throws usage_error, which names
  // it, if it is not COLUMN=VALUE or COLUMN=VALUE,VALUE.
  static row_filter parse(std::string_view text, std::string_view as = {}) {
    row_filter out;
    if (text.empty()) return out;
    out.said = as.empty() ? "where " + std::string{text} : std::string{as};
    auto const wrong = [&](std::string_view why) {
      return usage_error{"{}: {}; write COLUMN=VALUE or COLUMN=VALUE,VALUE, and a value with a comma in double quotes",
                         out.said, why};
    };
    auto rest = text;
    auto const column = quoted_part(rest);
    if (column) {
      out.column = *column;
    } else {
      out.column = trimmed(rest.substr(0, rest.find('=')));
      rest.remove_prefix(std::min(rest.find('='), rest.size()));
    }
    if (out.column.empty()) throw wrong("no column is named");
    if (!rest.starts_with('=')) throw wrong("no value is named");
    do {
      rest.remove_prefix(1);
      if (auto quoted = quoted_part(rest)) {
        if (!rest.empty() && rest.front() != ',') throw wrong("there is text behind a value in quotes");
        out.values.push_back({std::move(*quoted), true});
        continue;
      }
      auto const comma = std::min(rest.find(','), rest.size());
      auto const one = trimmed(rest.substr(0, comma));
      if (one.starts_with('"')) throw wrong("a quote is not closed");
      if (one.empty()) throw wrong("a value is empty (\"\" is the empty text)");
      out.values.push_back({std::string{one}, false});
      rest.remove_prefix(comma);
    } while (!rest.empty());
    return out;
  }

 private:
  static constexpr std::string_view space = " \t";
  static std::string_view trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
    return text.substr(0, text.find_last_not_of(space) + 1);
  }
  // What stands in quotes at the beginning of `rest`, which is then what follows; nothing, and `rest` as it was, if nothing does.
  static std::optional<std::string> quoted_part(std::string_view& rest) {
    auto at = rest.find_first_not_of(space);
    if (at == rest.npos || rest[at] != '"') return std::nullopt;
    std::string out;
    while (++at < rest.size()) {
      if (rest[at] == '"' && (at + 1 == rest.size() || rest[at + 1] != '"')) {
        rest.remove_prefix(std::min(rest.find_first_not_of(space, at + 1), rest.size()));
        return out;
      }
      if (rest[at] == '"') ++at;
      out += rest[at];
    }
    return std::nullopt;
  }
};

}  // namespace ease::inline v1
