// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON lines: one row a line. The file is cut at its newlines and each line is a document of its own (rather than one stream
// for simdjson's iterate_many), because a broken line must neither take its neighbours along nor lose the count of lines.
#include <cstddef>
#include <cstring>
#include <ease/io/formats/row_text.hpp>
#include <optional>
#include <string_view>

namespace ease::inline v1 {

class json_lines {
 public:
  static constexpr std::string_view name = "jsonl", title = "JSON lines";
  static likeness of(file_start const& file) {
    if (file.first() == '{' || file.first() == '\0') return likeness::bytes;
    return file.says_lines() || file.ending == ".json" ? likeness::ending : likeness::none;
  }

  json_lines(row_window& window, std::size_t max_row_bytes) : window_{&window}, limit_{max_row_bytes} {}

  // The next line that is not blank; nullopt at the end. A final carriage return is not part of it.
  std::optional<row_text> next() {
    for (;;) {
      auto const line = window_->line();
      auto const [length, newline] = line_length();
      if (length > limit_) return skip_long(line);
      auto text = window_->bytes().substr(0, length);
      if (length == 0 && !newline) return std::nullopt;
      window_->drop(length + (newline ? 1 : 0));
      if (text.ends_with('\r')) text.remove_suffix(1);
      if (text.find_first_not_of(" \t\r") == text.npos) continue;
      return row_text{text, line, !newline, {}};
    }
  }

 private:
  struct extent {
    std::size_t length;
    bool newline;
  };
  // Of the first line in the window; gives up (without a newline) once it is longer than the limit.
  extent line_length() {
    std::size_t searched = 0;
    for (;;) {
      auto const bytes = window_->bytes();
      if (bytes.size() > searched) {
        auto const* found = std::memchr(bytes.data() + searched, '\n', bytes.size() - searched);
        if (found != nullptr) return {static_cast<std::size_t>(static_cast<char const*>(found) - bytes.data()), true};
        searched = bytes.size();
      }
      if (searched > limit_ || !window_->more()) return {searched, false};
    }
  }
  row_text skip_long(std::size_t line) {
    for (;;) {
      auto const newline = window_->bytes().find('\n');
      window_->drop(newline == std::string_view::npos ? window_->bytes().size() : newline + 1);
      if (newline != std::string_view::npos || !window_->more()) break;
    }
    return {{}, line, false, detail::too_long(limit_)};
  }

  row_window* window_;
  std::size_t limit_;
};

}  // namespace ease::inline v1
