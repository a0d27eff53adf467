// SPDX-License-Identifier: Apache-2.0
#pragma once
// A JSON array of rows, element by element and in bounded memory: the brackets are matched here, each element is then a
// document of its own.
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/io/formats/row_text.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace ease::inline v1 {

class json_array {
 public:
  static constexpr std::string_view name = "json", title = "JSON array";
  static likeness of(file_start const& file) { return file.first() == '[' ? likeness::bytes : likeness::none; }

  json_array(row_window& window, std::size_t max_row_bytes) : window_{&window}, limit_{max_row_bytes} {}

  // The next element; nullopt after the closing bracket. Throws ease::error where the array's own commas and brackets are
  // broken, since it is not known then where a row ends; a file that is cut off gives its last, broken row.
  std::optional<row_text> next() {
    if (finished_) return std::nullopt;
    if (!opened_) {
      if (skip_space() != '[') complain("the file is not a JSON array: it does not start with [");
      window_->drop(1);
      opened_ = true;
      if (skip_space() == ']') return close();
    } else {
      auto const mark = skip_space();
      if (mark == ']') return close();
      if (mark != ',' && mark != '\0') complain("expected a comma or ] between the array's elements");
      if (mark == ',') window_->drop(1);
    }
    return element();
  }

 protected:
  [[noreturn]] void complain(std::string_view what) const {
    throw error{"{}:{}: {}", window_->source().name(), window_->line(), what};
  }

  // The first character that is not white space, which becomes the window's first; '\0' at the end of the file.
  char skip_space() {
    for (;;) {
      auto const bytes = window_->bytes();
      auto const start = bytes.find_first_not_of(" \t\r\n");
      window_->drop(start == bytes.npos ? bytes.size() : start);
      if (start != bytes.npos) return window_->bytes().front();
      if (!window_->more()) return '\0';
    }
  }

  // The value that comes next, to its closing bracket or the next comma.
  row_text element() {
    auto const first = skip_space();
    auto const line = window_->line();
    if (first == ',' || first == ']') complain("a comma without an element");
    std::size_t scanned = 0;
    bool too_long = false;
    bool in_string = false;
    std::string open;  // the closing brackets still to come
    for (;;) {
      auto const bytes = window_->bytes();
      for (; scanned < bytes.size(); ++scanned) {
        while (in_string && scanned + 1 < bytes.size() && bytes[scanned] != '"' && bytes[scanned] != '\\') ++scanned;
        char const c = bytes[scanned];
        if (in_string) {
          if (c == '\\') {
            if (scanned + 1 == bytes.size()) break;  // the escaped character is still to be read
            ++scanned;
          } else if (c == '"') {
            in_string = false;
          }
          continue;
        }
        if (open.empty() && (c == ',' || c == ']' || c == '}' || c == ' ' || c == '\n' || c == '\r' || c == '\t'))
          return taken(scanned, line, too_long);
        if (c == '"') in_string = true;
        if (c == '{' || c == '[') open += c == '{' ? '}' : ']';
        if (c != '}' && c != ']') continue;
        if (open.empty() || open.back() != c)
          complain(fmt::format("brackets do not match in the element that starts on line {}", line));
        open.pop_back();
        if (open.empty()) return taken(scanned + 1, line, too_long);
      }
      if (scanned > limit_) {
        too_long = true;
        window_->drop(scanned);
        scanned = 0;
      }
      if (!window_->more()) return cut_short(line, too_long);
    }
  }

  row_window* window_;
  bool is_inside_{false};  // an object holds the array

 private:
  std::optional<row_text> close() {
    window_->drop(1);
    if (!is_inside_ && skip_space() != '\0') complain("there is text after the array's closing bracket");
    finished_ = true;
    return std::nullopt;
  }

  row_text taken(std::size_t length, std::size_t line, bool too_long) {
    auto const text = window_->bytes().substr(0, length);
    window_->drop(length);
    if (too_long || length > limit_) return {{}, line, false, detail::too_long(limit_)};
    return {text, line, false, {}};
  }
  row_text cut_short(std::size_t line, bool too_long) {
    finished_ = true;
    auto const text = window_->bytes();
    window_->drop(text.size());
    if (too_long) return {{}, line, false, detail::too_long(limit_)};
    return {text, line, true, "the file is cut off: its array is never closed"};
  }

  std::size_t limit_;
  bool opened_{false};
  bool finished_{false};
};

}  // namespace ease::inline v1
