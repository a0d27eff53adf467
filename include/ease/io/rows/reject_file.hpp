// SPDX-License-Identifier: Apache-2.0
#pragma once
// Writes rejected rows as JSON lines: file, line, field (null if it is the whole row), reason, raw (the row as it stood; null if it was
// too long to keep). Of a Parquet file `line` is the row's number, and row_group stands beside it. Bytes of `raw` that are not UTF-8
// become U+FFFD.
//   reject_file rejects{"build/rejects.jsonl"};
//   read_records<prompt>(path, {.bad_rows = on_bad_row::reject, .on_reject = std::ref(rejects)});  ...  rejects.close();
#include <cstddef>
#include <ease/io/json/json_text.hpp>
#include <ease/io/rows/bad_row.hpp>
#include <ease/io/rows/write_records.hpp>
#include <filesystem>
#include <string>

namespace ease::inline v1 {

class reject_file {
 public:
  explicit reject_file(std::filesystem::path const& path) : rows_{path} {}

  void operator()(bad_row const& row) {
    std::string line;
    json_writer out{line, bad_utf8::replace};
    out.object().key("file").value(row.file).key("line").value(row.line);
    if (row.group != 0) out.key("row_group").value(row.group);
    out.key("field");
    if (row.field.empty())
      out.value(nullptr);
    else
      out.value(row.field);
    out.key("reason").value(row.reason).key("raw");
    if (row.raw.data() == nullptr)
      out.value(nullptr);
    else
      out.value(row.raw);
    out.end();
    rows_.write_line(line);
  }
  // Makes the file appear, the first time.
  void close() {
    if (!closed_) rows_.close();
    closed_ = true;
  }
  std::size_t rows() const { return rows_.rows(); }

 private:
  record_writer rows_;
  bool closed_{false};
};

}  // namespace ease::inline v1
