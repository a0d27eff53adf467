// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rows of a file, whatever its format, as text. The format is told by the first bytes and the name's ending; gzip is
// opened on the way.
#include <algorithm>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/io/formats/json_array.hpp>
#include <ease/io/formats/json_lines.hpp>
#include <ease/io/formats/row_text.hpp>
#include <ease/io/formats/table_rows.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ease {

enum class file_format { automatic, json_lines, json_array, tsv, csv };

constexpr std::string_view name_of(file_format format) {
  constexpr std::string_view names[]{"automatic", "JSON lines", "JSON array", "TSV", "CSV"};
  return names[static_cast<std::size_t>(format)];
}

class row_source {
 public:
  row_source(std::filesystem::path const& path, file_format format, std::size_t max_row_bytes)
      : window_{path}, format_{format} {
    window_.more();
    auto const name = ending(path);
    refuse_what_holds_no_rows();
    if (window_.bytes().starts_with("\xEF\xBB\xBF")) window_.drop(3);
    if (format_ == file_format::automatic) format_ = recognise(name);
    if (format_ == file_format::json_lines) rows_.emplace<json_lines>(window_, max_row_bytes);
    if (format_ == file_format::json_array) rows_.emplace<json_array>(window_, max_row_bytes);
    if (format_ == file_format::tsv) rows_.emplace<table_rows>(window_, '\t', max_row_bytes);
    if (format_ == file_format::csv) rows_.emplace<table_rows>(window_, ',', max_row_bytes);
  }
  row_source(row_source const&) = delete;
  row_source& operator=(row_source const&) = delete;

  std::string const& name() const { return window_.source().name(); }
  file_format format() const { return format_; }
  bool is_gzip() const { return window_.source().is_gzip(); }
  bool is_table() const { return std::holds_alternative<table_rows>(rows_); }
  // Only for a table.
  table_rows const& cells() const { return std::get<table_rows>(rows_); }

  // The share of the file, in [0, 1], that the rows so far take; of a gzip file an estimate, of a pipe 0.
  double fraction_read() const { return window_.fraction_dropped(); }

  // True if the file has nothing in it, not even a header or an empty array.
  bool is_empty() const { return empty_; }

  std::optional<row_text> next() {
    return std::visit(
        []<class Rows>(Rows& rows) -> std::optional<row_text> {
          if constexpr (std::same_as<Rows, std::monostate>)
            return std::nullopt;
          else
            return rows.next();
        },
        rows_);
  }

 private:
  static std::string ending(std::filesystem::path path) {
    if (path.extension() == ".gz") path.replace_extension();
    auto out = path.extension().string();
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
  }

  void refuse_what_holds_no_rows() {
    auto const bytes = window_.bytes();
    auto const start = bytes.find_first_not_of(" \t\r\n");
    empty_ = start == bytes.npos && bytes.size() < 4096;
    std::string_view what;
    if (bytes.starts_with("PAR1")) what = "it is a Parquet file; export it as JSON lines first";
    if (bytes.starts_with("PK\x03\x04")) what = "it is a zip file; unpack it first";
    if (bytes.starts_with("\x28\xB5\x2F\xFD")) what = "it is a zstd file; unpack it first";
    if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) what = "it is UTF-16; save it as UTF-8";
    if (bytes.starts_with("version https://git-lfs")) what = "it is a Git LFS pointer; fetch the file itself (git lfs pull)";
    if (format_ != file_format::tsv && format_ != file_format::csv && start != bytes.npos && bytes[start] == '<')
      what = "it is an HTML or XML page; was it downloaded without access?";
    if (!what.empty()) throw error{"{}:1: not a file of rows: {}", name(), what};
  }

  file_format recognise(std::string_view name) {
    if (name == ".tsv") return file_format::tsv;
    if (name == ".csv") return file_format::csv;
    auto const bytes = window_.bytes();
    auto const start = bytes.find_first_not_of(" \t\r\n");
    if (start == bytes.npos || bytes[start] == '{') return file_format::json_lines;
    if (bytes[start] == '[') return file_format::json_array;
    if (name == ".jsonl" || name == ".ndjson" || name == ".json") return file_format::json_lines;
    auto const header = bytes.substr(0, bytes.find('\n'));
    if (header.find('\t') != header.npos) return file_format::tsv;
    if (header.find(',') != header.npos) return file_format::csv;
    throw error{"{}:1: cannot tell the format; name the file .jsonl, .json, .tsv or .csv, or state its format",
                this->name()};
  }

  row_window window_;
  file_format format_;
  bool empty_{false};
  std::variant<std::monostate, json_lines, json_array, table_rows> rows_{};
};

}  // namespace ease
