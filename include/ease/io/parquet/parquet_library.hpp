// SPDX-License-Identifier: Apache-2.0
#pragma once
// Parquet, by Arrow's C++ libraries. They are large and not everybody's, so they stand behind a library of ours,
// libease_parquet.so (plugins/parquet), which load_parquet.hpp loads when the first Parquet file is opened. This is what both sides
// know of each other, without a header of Arrow's. Errors are ease::error: one line that names the file.
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

// Some rows as JSON, one object behind the other.
struct parquet_rows_text {
  struct row {
    std::size_t end{0};    // in `text`; it begins where the one before it ends
    bool too_long{false};  // it is longer than was allowed, and its text is not whole
  };
  std::string text{};  // with the padding behind it that simdjson wants, which is no row's
  std::vector<row> rows{};
  std::size_t group{0};  // the row group that they are of, from 1
};

// Functions, and no virtual ones: a sanitizer that looks at types would find two of each, the library's and the program's.
struct parquet_input {
  // The next rows, all of one row group; false behind the last.
  std::function<bool(parquet_rows_text& into)> read{};
  std::size_t rows{0};  // as many as the file says that it has
  std::size_t groups{0};
};

struct parquet_output {
  // A row: one JSON object on one line.
  std::function<void(std::string_view json)> add{};
  // Gives the bytes of the whole file to write(), in their order. What became of columns that have no type of their own, a line
  // for each.
  std::function<std::vector<std::string>(std::function<void(std::string_view)> const& write)> finish{};
};

struct parquet_library {
  // `shown`: what errors call the file. `most_row_bytes`: of a row's JSON; the memory that is taken grows with it.
  parquet_input (*open)(std::filesystem::path const& path, std::string const& shown, std::size_t most_row_bytes);
  // `folder`: where the rows are kept, in a file without a name, until all are there and the columns' types are known.
  parquet_output (*create)(std::filesystem::path const& folder, std::string const& shown);
};

}  // namespace ease::inline v1

// What the library exports. The number counts what has changed above: another version of it is not taken for this one.
extern "C" ease::parquet_library const* ease_parquet_library_1();
