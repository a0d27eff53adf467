// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rows of a file, whatever its format, as text. The format is told by the first bytes and the name's ending; gzip
// and zstd are opened on the way.
#include <algorithm>
#include <cctype>
#include <concepts>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/io/formats/all.hpp>
#include <ease/io/json/terminal_text.hpp>
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
  // `format`: the name of one, or "automatic". `rows_at`: the key of a JSON object that holds the rows; empty: the only one
  // that can. `shown`: what errors call the file, which is not what names it; empty: its path.
  row_source(std::filesystem::path const& path, std::string_view format, std::size_t max_row_bytes,
             std::string_view rows_at = {}, std::string const& shown = {})
      : window_{path, shown}, typed_{shown.empty() ? name() : "NAME"} {
    check_file_format(format);
    window_.more();
    refuse_what_holds_no_rows(format);
    if (window_.bytes().starts_with("\xEF\xBB\xBF")) window_.drop(3);
    auto const ends = ending(path);
    file_start start{ends, window_.bytes()};
    bool const may_be_object = format == "automatic" || format == json_object::name || format == json_array::name;
    if (!rows_at.empty() && (start.first() != '{' || !may_be_object))
      throw usage_error{"{}: rows={}: the file is not one JSON object with that key", name(), rows_at};
    if (start.first() == '{' && may_be_object) object_ = look_into(path, shown, rows_at, start.says_lines());
    guessed_ = object_.found && rows_at.empty() && !object_.key.empty();
    start.holds_rows = object_.found;
    if (format == "automatic" || (format == json_array::name && object_.found))
      format_ = recognise(start);
    else
      format_ = format;
    detail::for_each_format([&]<class Format>(Format*) {
      if (Format::name != format_) return;
      if constexpr (std::constructible_from<Format, row_window&, std::size_t, object_rows>)
        rows_.emplace<Format>(window_, max_row_bytes, object_);
      else
        rows_.emplace<Format>(window_, max_row_bytes);
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
  // What a person should know of where the rows stand; empty: they are all of the file.
  std::string layout() const {
    std::string out;
    if (object_.found)
      out = object_.key.empty() ? "rows by id" : fmt::format("rows{} at \"{}\"", object_.by_id ? " by id" : "", object_.key);
    for (auto const& key : object_.unused)
      out += fmt::format("{}\"{}\"", &key == &object_.unused.front() ? "; not used: " : ", ", key);
    if (auto const* const cells = table(); cells != nullptr && cells->separator() == ';') out = "with semicolons";
    std::visit(
        [&]<class Rows>(Rows const& rows) {
          if constexpr (requires { rows.layout(); }) out = rows.layout();
        },
        rows_);
    return terminal_text(out, true);
  }
  // What was guessed of the file, and how to say it; empty: nothing.
  std::string guess() const {
    if (guessed_) return fmt::format("{}; {}?rows=KEY names another key", layout(), typed_);
    if (auto const* const cells = table(); cells != nullptr && cells->separator() == ';')
      return "the header has semicolons and no comma, so they part the cells";
    return {};
  }
  // "gzip" or "zstd"; empty: it is plain.
  std::string_view compression() const { return window_.source().compression(); }
  // Null if the rows are not those of a table.
  table_rows const* table() const {
    return std::visit(
        []<class Rows>(Rows const& rows) -> table_rows const* {
          if constexpr (std::derived_from<Rows, table_rows>) return &rows;
          return nullptr;
        },
        rows_);
  }

  // The fraction of the file, in [0, 1], that the rows so far take; of a compressed file an estimate, of a pipe 0.
  double fraction_read() const {
    return std::visit(
        [this]<class Rows>(Rows const& rows) {
          if constexpr (requires { rows.fraction_read(); })
            return rows.fraction_read();
          else
            return window_.fraction_dropped();
        },
        rows_);
  }

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
    if (path.extension() == ".gz" || path.extension() == ".zst") path.replace_extension();
    auto out = path.extension().string();
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
  }

  void refuse_what_holds_no_rows(std::string_view format) {
    auto const bytes = window_.bytes();
    auto const start = bytes.find_first_not_of(" \t\r\n");
    empty_ = start == bytes.npos && bytes.size() < 4096;
    std::string what;
    using namespace std::string_view_literals;
    static constexpr std::pair<std::string_view, std::string_view> others[]{
        {"ARROW1\0"sv, "an Arrow or Feather file; export it as JSON lines first"},
        {"\xD0\xCF\x11\xE0"sv, "an Excel workbook; save it as CSV first"},
        {"\x80\x04"sv, "a Python pickle, which is a program; export it as JSON lines first"},
        {"\x80\x05"sv, "a Python pickle, which is a program; export it as JSON lines first"},
        {"BZh91AY"sv, "a bzip2 file; unpack it first"},
        {"\xFD"
         "7zXZ"sv,
         "an xz file; unpack it first"},
        {"7z\xBC\xAF"sv, "a 7z file; unpack it first"},
        {"SQLite format 3"sv, "an SQLite database; export a table as CSV first"},
        {"%PDF-"sv, "a PDF document"},
        {"PARE"sv, "an encrypted Parquet file; write it without encryption first"},
        {"\x93NUMPY"sv, "a NumPy array; export it as JSON lines first"},
        {"\xFF\xFE\0\0"sv, "UTF-32; save it as UTF-8"},
        {"\0\0\xFE\xFF"sv, "UTF-32; save it as UTF-8"}};
    for (auto const& [magic, is] : others)
      if (what.empty() && bytes.starts_with(magic)) what = fmt::format("it is {}", is);
    // Text in UTF-16 without a mark: every other byte of ASCII is zero.
    if (what.empty() && bytes.size() > 3 && (bytes[0] == '\0') != (bytes[1] == '\0') &&
        (bytes[0] == '\0') == (bytes[2] == '\0') && (bytes[1] == '\0') == (bytes[3] == '\0'))
      what = "it is UTF-16; save it as UTF-8";
    if (parquet_rows::has_magic(bytes) && format != "automatic" && format != parquet_rows::name)
      what = fmt::format("it is Parquet, and format={} was said; leave that out", format);
    if (bytes.starts_with("PK\x03\x04"))
      what = bytes.find("xl/") != bytes.npos || bytes.find("[Content_Types].xml") != bytes.npos
                 ? "it is an Excel workbook; save it as CSV first"
                 : "it is a zip file; unpack it first";
    if (what.empty() && bytes.starts_with("\xFF\xFE")) what = "it is UTF-16; save it as UTF-8";
    if (bytes.starts_with("\xFE\xFF")) what = "it is UTF-16; save it as UTF-8";
    if (bytes.starts_with("version https://git-lfs")) what = "it is a Git LFS pointer; fetch the file itself (git lfs pull)";
    if (format != tsv_rows::name && format != csv_rows::name && start != bytes.npos && bytes[start] == '<')
      what = "it is an HTML or XML page; was it downloaded without access?";
    if (!what.empty()) throw error{"{}:1: not a file of rows: {}", name(), what};
  }

  // Whether a file is one JSON object with rows in it. What can be read only once is not looked at: then it is, if the user
  // says so.
  static object_rows look_into(std::filesystem::path const& path, std::string const& shown, std::string_view rows_at,
                               bool says_lines) {
    if (std::error_code bad; !std::filesystem::is_regular_file(path, bad))
      return {!rows_at.empty(), std::string{rows_at}, false, {}};
    row_window whole{path, shown};
    object_outline outline;
    whole.more();
    if (whole.bytes().starts_with("\xEF\xBB\xBF")) whole.drop(3);
    do {
      bool const more = outline.feed(whole.bytes());
      whole.drop(whole.bytes().size());
      if (!more) break;
    } while (whole.more());
    return rows_in_object(outline, rows_at, whole.source().name(), says_lines);
  }

  std::string recognise(file_start const& file) const {
    auto best = likeness::none;
    std::string_view found;
    detail::for_each_format([&]<class Format>(Format*) {
      if (auto const how = Format::of(file); how > best) best = how, found = Format::name;
    });
    if (found.empty())
      throw error{
          "{}:1: cannot tell the format; name the file .jsonl, .json, .tsv or .csv, or say the format, as {}?format=jsonl",
          name(), typed_};
    return std::string{found};
  }

  row_window window_;
  std::string typed_;  // how to write the file's name, for what can be said behind it
  std::string format_{};
  bool empty_{false};
  object_rows object_{};
  bool guessed_{false};
  row_formats rows_{};
};

}  // namespace ease::inline v1
