// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rows of a file, whatever its format, as text. The format is told by the first bytes and the name's ending; gzip is
// opened on the way.
#include <algorithm>
#include <cctype>
#include <concepts>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/io/formats/all.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

class row_source {
 public:
  // `format`: the name of one, or "automatic".
  row_source(std::filesystem::path const& path, std::string_view format, std::size_t max_row_bytes) : window_{path} {
    check_file_format(format);
    window_.more();
    refuse_what_holds_no_rows(format);
    if (window_.bytes().starts_with("\xEF\xBB\xBF")) window_.drop(3);
    format_ = format == "automatic" ? recognise({ending(path), window_.bytes()}) : std::string{format};
    detail::for_each_format([&]<class Format>(Format*) {
      if (Format::name == format_) rows_.emplace<Format>(window_, max_row_bytes);
    });
  }
  row_source(row_source const&) = delete;
  row_source& operator=(row_source const&) = delete;

  std::string const& name() const { return window_.source().name(); }
  // Its title: "JSON lines".
  std::string_view format() const {
    std::string_view title;
    detail::for_each_format([&]<class Format>(Format*) {
      if (Format::name == format_) title = Format::title;
    });
    return title;
  }
  bool is_gzip() const { return window_.source().is_gzip(); }
  // Null if the rows are not those of a table.
  table_rows const* table() const {
    return std::visit(
        []<class Rows>(Rows const& rows) -> table_rows const* {
          if constexpr (std::derived_from<Rows, table_rows>) return &rows;
          return nullptr;
        },
        rows_);
  }

  // The fraction of the file, in [0, 1], that the rows so far take; of a gzip file an estimate, of a pipe 0.
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

  void refuse_what_holds_no_rows(std::string_view format) {
    auto const bytes = window_.bytes();
    auto const start = bytes.find_first_not_of(" \t\r\n");
    empty_ = start == bytes.npos && bytes.size() < 4096;
    std::string_view what;
    if (bytes.starts_with("PAR1")) what = "it is a Parquet file; export it as JSON lines first";
    if (bytes.starts_with("PK\x03\x04")) what = "it is a zip file; unpack it first";
    if (bytes.starts_with("\x28\xB5\x2F\xFD")) what = "it is a zstd file; unpack it first";
    if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) what = "it is UTF-16; save it as UTF-8";
    if (bytes.starts_with("version https://git-lfs")) what = "it is a Git LFS pointer; fetch the file itself (git lfs pull)";
    if (format != tsv_rows::name && format != csv_rows::name && start != bytes.npos && bytes[start] == '<')
      what = "it is an HTML or XML page; was it downloaded without access?";
    if (!what.empty()) throw error{"{}:1: not a file of rows: {}", name(), what};
  }

  std::string recognise(file_start const& file) const {
    auto best = likeness::none;
    std::string_view found;
    detail::for_each_format([&]<class Format>(Format*) {
      if (auto const how = Format::of(file); how > best) best = how, found = Format::name;
    });
    if (found.empty())
      throw error{"{}:1: cannot tell the format; name the file .jsonl, .json, .tsv or .csv, or state its format", name()};
    return std::string{found};
  }

  row_window window_;
  std::string format_{};
  bool empty_{false};
  row_formats rows_{};
};

}  // namespace ease::inline v1
