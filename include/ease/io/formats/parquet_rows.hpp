// SPDX-License-Identifier: Apache-2.0
#pragma once
// Parquet (io/parquet/load_parquet.hpp), a row group after the other: a row is the JSON object of its columns. Rows have no lines;
// their `line` is the row's number in the file, from 1, and their `group` the number of its row group, from 1.
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/io/formats/row_text.hpp>
#include <ease/io/parquet/load_parquet.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace ease::inline v1 {

class parquet_rows {
 public:
  static constexpr std::string_view name = "parquet", title = "Parquet";
  static bool has_magic(std::string_view bytes) { return bytes.starts_with("PAR1"); }
  static likeness of(file_start const& file) {
    if (has_magic(file.bytes)) return likeness::whole;
    return file.ending == ".parquet" ? likeness::ending : likeness::none;
  }

  // Throws ease::error if the file is none, or cannot be read from its end: a pipe, a compressed file.
  parquet_rows(row_window& window, std::size_t max_row_bytes) : name_{window.source().name()}, limit_{max_row_bytes} {
    auto const& source = window.source();
    std::error_code bad;
    if (!std::filesystem::is_regular_file(source.path(), bad))
      throw error{"{}: Parquet cannot be read from a pipe, since its index stands at its end; name a file", source.name()};
    if (!source.compression().empty())
      throw error{"{}: it is Parquet inside of {}; unpack it first", source.name(), source.compression()};
    file_ = parquet_for(source.name()).open(source.path(), source.name(), max_row_bytes);
  }

  // The next row; nullopt behind the last. Throws ease::error where the file is broken.
  std::optional<row_text> next() {
    while (at_ == batch_.rows.size()) {
      at_ = start_ = 0;
      if (file_.read(batch_)) continue;
      if (given_ != file_.rows) throw error{"{}: it has {} rows, and its index says {}", name_, given_, file_.rows};
      return std::nullopt;
    }
    auto const& row = batch_.rows[at_++];
    auto const text = std::string_view{batch_.text}.substr(start_, row.end - start_);
    start_ = row.end;
    ++given_;
    if (row.too_long) return row_text{{}, given_, false, detail::too_long(limit_), batch_.group};
    return row_text{text, given_, false, {}, batch_.group};
  }

  // In [0, 1].
  double fraction_read() const {
    return file_.rows == 0 ? 0 : static_cast<double>(given_) / static_cast<double>(file_.rows);
  }
  std::string layout() const { return fmt::format("{} row group{}", file_.groups, file_.groups == 1 ? "" : "s"); }

 private:
  std::string name_;
  std::size_t limit_;
  parquet_input file_{};
  parquet_rows_text batch_{};
  std::size_t at_{0}, start_{0};  // in the batch
  std::size_t given_{0};
};

}  // namespace ease::inline v1
