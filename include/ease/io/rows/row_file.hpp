// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads one file of rows into a record that is known by its table of fields (io/json/field_table.hpp) alone.

#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/io/formats/shapes.hpp>
#include <ease/io/json/field_table.hpp>
#include <ease/io/json/raw_json.hpp>
#include <ease/io/rows/read_options.hpp>
#include <ease/io/rows/row_source.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ease::detail {

class row_file {
 public:
  // `row`: the record that each row is read into; it and the table must outlive this.
  row_file(std::filesystem::path const& path, read_options options, field_table const& fields, void* row);

  read_counts const& counts() const { return counts_; }
  // Reads the first row, once.
  void start();
  // Reads up to the next good row, or to the end of the file.
  void next();
  bool at_end() const { return at_end_; }
  double fraction_read() const { return at_end_ ? 1 : rows_.fraction_read(); }
  std::string description() const;

 private:
  void reject(row_text const& row, std::string field, error const& cause);
  std::string missing(row_text const& row, std::string_view column);
  void read(row_text const& row);
  void read_object(row_text const& row);
  void read_members(raw_members&& members);
  void each_member(row_text const& row, auto&& visit);
  raw_members members_of(row_text const& row);

  field_entry const* entry_for(std::string_view key) const;
  // The field's place in the record, to be read into; null where no field has the key. Throws bad_field the second time.
  void* place_of(std::string_view key, field_entry const*& entry);
  void keep(std::string_view key, std::string raw);
  void begin_row();
  void end_row() const;

  read_options options_;
  field_table const* fields_;
  void* row_;
  row_source rows_;
  std::optional<row_plan> plan_{};
  simdjson::ondemand::parser parser_{};
  raw_parser raw_{};
  std::vector<bool> seen_{};  // which fields of the row
  std::string field_{};       // the one being read, for errors
  read_counts counts_{};
  bool started_{false};
  bool at_end_{false};
};

}  // namespace ease::detail

#ifndef EASE_COMPILED
#include <ease/io/json/simdjson.hpp>
#include <ease/io/rows/row_file.ipp>
#endif
