// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tables, one row a record: RFC 4180 with a tab or a comma, so that a quoted cell may hold the separator, a newline and `""`
// for a quote. The first row names the columns. An empty cell is an empty string and never null (WildJailbreak depends on
// it).
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/io/formats/row_text.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

class table_rows {
 public:
  static likeness like_table(file_start const& file, std::string_view ending, char separator) {
    if (file.ending == ending) return likeness::name;
    auto const header = file.bytes.substr(0, file.bytes.find('\n'));
    return header.find(separator) != header.npos ? likeness::header : likeness::none;
  }

  // Reads the header. Throws ease::error if there is none or two columns have one name.
  table_rows(row_window& window, char separator, std::size_t max_row_bytes)
      : window_{&window}, separator_{separator}, limit_{max_row_bytes} {
    auto const header = next();
    if (!header) return;
    auto const& name = window_->source().name();
    if (!header->problem.empty()) throw error{"{}:{}: the header row: {}", name, header->line, header->problem};
    columns_ = cells_;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].empty()) columns_[i] = fmt::format("column_{}", i + 1);
      for (std::size_t before = 0; before < i; ++before)
        if (columns_[before] == columns_[i])
          throw error{"{}:{}: two columns are named {:?}", name, header->line, columns_[i]};
    }
  }

  char separator() const { return separator_; }
  std::vector<std::string> const& columns() const { return columns_; }
  // The cells of the row that next() gave last, unquoted; as many as columns() unless the row has a problem.
  std::vector<std::string> const& cells() const { return cells_; }

  std::optional<row_text> next() {
    for (;;) {
      auto const line = window_->line();
      auto row = scan(line);
      if (!row) return std::nullopt;
      if (row->problem.empty() && row->text.empty() && columns_.size() != 1) continue;  // a blank line
      if (row->problem.empty() && !columns_.empty() && cells_.size() != columns_.size())
        row->problem = fmt::format("expected {} cells, found {}", columns_.size(), cells_.size());
      return row;
    }
  }

 private:
  enum class place { cell_start, plain, quoted, after_quote };

  // Reads one record into cells_.
  std::optional<row_text> scan(std::size_t line) {
    cells_.assign(1, {});
    auto at = place::cell_start;
    std::size_t scanned = 0;
    std::string problem;
    bool too_long = false;
    for (;;) {
      auto const bytes = window_->bytes();
      for (; scanned < bytes.size(); ++scanned) {
        char const c = bytes[scanned];
        if (at == place::quoted) {
          if (c == '"') {
            at = place::after_quote;
          } else {
            auto const run = bytes.substr(scanned, bytes.substr(scanned).find('"'));
            cells_.back() += run;
            scanned += run.size() - 1;
          }
        } else if (c == '\n') {
          return finish(scanned, 1, line, std::move(problem), too_long);
        } else if (c == separator_) {
          cells_.emplace_back();
          at = place::cell_start;
        } else if (c == '"' && at == place::cell_start) {
          at = place::quoted;
        } else if (c == '"' && at == place::after_quote) {  // "" inside quotes
          cells_.back() += '"';
          at = place::quoted;
        } else if (at == place::after_quote && c != '\r') {
          problem = fmt::format("cell {}: there is text after the closing quote", cells_.size());
          at = place::plain;
        } else {
          auto const start = scanned;
          while (scanned + 1 < bytes.size() && bytes[scanned + 1] != separator_ && bytes[scanned + 1] != '\n') ++scanned;
          cells_.back() += bytes.substr(start, scanned + 1 - start);
          at = place::plain;
        }
      }
      if (scanned > limit_) {
        too_long = true;
        cells_.assign(1, {});
        window_->drop(scanned);
        scanned = 0;
      }
      if (window_->more()) continue;
      if (scanned == 0 && !too_long) return std::nullopt;
      if (at == place::quoted) problem = fmt::format("cell {}: the quote is never closed", cells_.size());
      return finish(scanned, 0, line, std::move(problem), too_long);
    }
  }

  row_text finish(std::size_t length, std::size_t newline, std::size_t line, std::string problem, bool too_long) {
    auto text = window_->bytes().substr(0, length);
    window_->drop(length + newline);
    if (text.ends_with('\r')) {
      text.remove_suffix(1);
      // After a closing quote the carriage return is a cell's only extra character; elsewhere it is its last.
      if (cells_.back().ends_with('\r')) cells_.back().pop_back();
    }
    if (too_long || length > limit_) return {{}, line, false, detail::too_long(limit_)};
    return {text, line, newline == 0, std::move(problem)};
  }

  row_window* window_;
  char separator_;
  std::size_t limit_;
  std::vector<std::string> columns_{};
  std::vector<std::string> cells_{};
};

class tsv_rows : public table_rows {
 public:
  static constexpr std::string_view name = "tsv", title = "TSV";
  static likeness of(file_start const& file) { return like_table(file, ".tsv", '\t'); }
  tsv_rows(row_window& window, std::size_t max_row_bytes) : table_rows{window, '\t', max_row_bytes} {}
};

class csv_rows : public table_rows {
 public:
  static constexpr std::string_view name = "csv", title = "CSV";
  static likeness of(file_start const& file) { return like_table(file, ".csv", ','); }
  csv_rows(row_window& window, std::size_t max_row_bytes) : table_rows{window, separator_of(window), max_row_bytes} {}

 private:
  // Programs of countries with a decimal comma write semicolons: so they are taken where the header has no comma.
  static char separator_of(row_window const& window) {
    bool quoted = false;
    bool semicolon = false;
    for (char const c : window.bytes()) {
      if (c == '"') quoted = !quoted;
      if (quoted) continue;
      if (c == ',') return ',';
      if (c == '\n') break;
      semicolon = semicolon || c == ';';
    }
    return semicolon ? ';' : ',';
  }
};

}  // namespace ease::inline v1
