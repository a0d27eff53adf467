// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads one file of rows into a record that is known by its table of fields (io/json/field_table.hpp) alone. How formats,
// schemas and JSON are read stays in the .ipp file: whoever reads records compiles none of it.

#include <ease/core/compiled.hpp>
#include <ease/io/json/field_table.hpp>
#include <ease/io/rows/read_options.hpp>
#include <filesystem>
#include <memory>
#include <string>

namespace ease::inline v1::detail {

class row_reader;

class row_file {
 public:
  // `row`: the record that each row is read into; it and the table must outlive this.
  row_file(std::filesystem::path const& path, read_options options, field_table const& fields, void* row);
  row_file(row_file&&) noexcept;
  row_file& operator=(row_file&&) noexcept;
  ~row_file();

  read_counts const& counts() const;
  // Reads the first row, once.
  void start();
  // Reads up to the next good row, or to the end of the file.
  void next();
  bool at_end() const;
  double fraction_read() const;
  std::string description() const;
  std::string const& name() const;  // the path, or of a data set of the hub ORG/NAME@COMMIT:CONFIG/SPLIT

 private:
  std::unique_ptr<row_reader> reader_;
};

}  // namespace ease::inline v1::detail

#ifndef EASE_COMPILED
#include <ease/io/rows/row_file.ipp>
#endif
