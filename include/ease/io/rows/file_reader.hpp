// SPDX-License-Identifier: Apache-2.0
#pragma once
// The reader of one file of rows behind row_file.hpp: the rows as text (io/formats/row_source.hpp) become the fields of a record
// that is known by its table of fields. Its definitions are in row_file.ipp.
#include <ease/core/error.hpp>
#include <ease/io/formats/row_source.hpp>
#include <ease/io/json/field_table.hpp>
#include <ease/io/json/raw_json.hpp>
#include <ease/io/json/simdjson.hpp>
#include <ease/io/rows/beside_fields.hpp>
#include <ease/io/rows/read_options.hpp>
#include <ease/io/schemas/all.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1::detail {

class file_reader {  // of one file, as row_file.hpp says
 public:
  file_reader(std::filesystem::path const& path, read_options options, field_table const& fields, void* row);

  read_counts const& counts() const { return counts_; }
  void start() {
    if (!std::exchange(started_, true)) next();
  }
  void next();
  bool at_end() const { return at_end_; }
  double fraction_read() const { return at_end_ ? 1 : rows_.fraction_read(); }
  std::string description() const;

 private:
  void reject(row_text const& row, std::string field, error const& cause);
  void read(row_text const& row);
  void read_object(row_text const& row);
  void read_members(raw_members&& members);
  void each_member(row_text const& row, auto&& visit);
  raw_members members_of(row_text const& row);
  bool is_wanted(row_text const& row);
  // Behind the last row that is read: whether a later one has the columns that the user named. Of a pipe nothing more is asked for.
  void look_on() {
    while (may_look_on_ && !unseen_.empty()) {
      auto const row = rows_.next();
      if (!row) return;
      try {
        (void)members_of(*row);
      } catch (error const&) {  // a row that nobody reads
      }
    }
  }
  [[noreturn]] void refuse_unseen(std::string const& column) const;
  void see_column(std::string_view key) {
    if (unseen_.empty()) return;
    std::erase(unseen_, key);
    if (columns_.size() < 100) columns_.emplace(key);
  }

  field_entry const* entry_for(std::string_view key) const;
  // The field's place in the record, to be read into; null where no field has the key. Throws bad_field the second time.
  void* place_of(std::string_view key, field_entry const*& entry);
  void keep(std::string_view key, std::string raw);
  // Into the field of `field_`, or what it belongs to; false: no field takes it.
  bool read_value(simdjson::ondemand::value value);
  void begin_row();
  void end_row();

  read_options options_;
  field_table const* fields_;
  void* row_;
  row_source rows_;
  std::optional<row_plan> plan_{};
  simdjson::ondemand::parser parser_{};
  beside_fields beside_;
  std::vector<bool> seen_{};             // which fields of the row
  std::vector<std::string> not_used_{};  // what the row says and nothing reads
  bool guessed_thought_{false};          // its answer has a closing mark of reasoning and no opening one
  raw_parser raw_{}, again_{};
  std::string field_{};  // the one being read, for errors
  read_counts counts_{};
  bool started_{false}, at_end_{false}, may_look_on_;
  std::vector<std::string> unseen_{};             // columns that the user named and no row had so far
  std::set<std::string, std::less<>> columns_{};  // those that rows had meanwhile
  bool said_wrongly_{false};                      // a row was rejected for want of one of them
};

}  // namespace ease::inline v1::detail
