// SPDX-License-Identifier: Apache-2.0
#pragma once
// Writes records as JSON lines (or one JSON array), whole or not at all; a name that ends in .gz or .zst is compressed, and one
// that ends in .parquet makes it Parquet, whose columns' types are those that all rows have together (plugins/parquet/row_types.hpp).
//   record_writer out{"build/mixed.jsonl"};  for (auto const& row : rows) out(row);  out.close();
// Fields stand in the record's order, then the other keys that no field has. What a model generated may hold bytes that are
// not UTF-8, and a file must be JSON: each run of such bytes becomes one U+FFFD, and replaced() counts them.
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/io/files/text_sink.hpp>
#include <ease/io/json/field_table.hpp>
#include <ease/io/json/record_codecs.hpp>
#include <ease/io/parquet/load_parquet.hpp>
#include <ease/record/record.hpp>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// Writes the fields of the record as members of the object at hand. An optional field without a value is left out, and so is
// one that says `static constexpr bool written = false`.
void write_fields(json_writer& out, detail::field_table const& fields, void const* row);
// Then its other keys, but those that a field has, or that are in `taken`.
void write_other_keys(json_writer& out, detail::field_table const& fields, void const* row,
                      std::span<std::string_view const> taken = {});

// Writes the record as one JSON object.
template <some_record Record>
void write_json(json_writer& out, Record const& row) {
  out.object();
  write_fields(out, fields_of<Record>(), &row);
  write_other_keys(out, fields_of<Record>(), &row);
  out.end();
}

// The record as one line of JSON, without a newline. `replaced`, if given, grows by the count of U+FFFD put in.
template <some_record Record>
std::string to_json(Record const& row, std::size_t* replaced = nullptr) {
  std::string out;
  json_writer writer{out, bad_utf8::replace};
  write_json(writer, row);
  if (replaced != nullptr) *replaced += writer.replaced();
  return out;
}

enum class rows_as { json_lines, json_array };

class record_writer {
 public:
  // Throws ease::error if the file cannot be written (io/files/atomic_file.hpp), or is to be Parquet and that is not there.
  explicit record_writer(std::filesystem::path const& path, rows_as form = rows_as::json_lines) : sink_{path}, form_{form} {
    if (is_parquet(path)) parquet_ = parquet_for(path.string()).create(sink_.path().parent_path(), path.string());
  }
  // By its name.
  static bool is_parquet(std::filesystem::path const& path) { return path.extension() == ".parquet"; }

  template <some_record Record>
  void operator()(Record const& row) {
    write_line(to_json(row, &replaced_));
  }
  // A row that is JSON already: one object, on one line.
  void write_line(std::string_view json) {
    if (parquet_) {
      parquet_->add(json);
      ++rows_;
      return;
    }
    if (form_ == rows_as::json_array) sink_.write(rows_ == 0 ? "[\n" : ",\n");
    sink_.write(json);
    if (form_ == rows_as::json_lines) sink_.write("\n");
    ++rows_;
  }

  // Makes the file appear. A writer that is destroyed without it leaves no trace.
  void close() {
    if (parquet_) {
      notes_ = parquet_->finish([this](std::string_view bytes) { sink_.write(bytes); });
      sink_.commit();
      return;
    }
    if (form_ == rows_as::json_array) sink_.write(rows_ == 0 ? "[]\n" : "\n]\n");
    sink_.commit();
  }

  std::size_t rows() const { return rows_; }
  // Runs of bytes that were not UTF-8 and were replaced by U+FFFD.
  std::size_t replaced() const { return replaced_; }
  std::filesystem::path const& path() const { return sink_.path(); }
  // What a person should know of the file that was written; empty: nothing.
  std::string note() const {
    std::string out;
    for (auto const& one : notes_) out += (out.empty() ? path().filename().string() + ": " : "; ") + one;
    return out;
  }

 private:
  text_sink sink_;
  std::optional<parquet_output> parquet_{};
  std::vector<std::string> notes_{};
  rows_as form_;
  std::size_t rows_{0};
  std::size_t replaced_{0};
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/io/rows/write_records.ipp>
#endif
