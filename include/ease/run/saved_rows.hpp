// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a run in a folder gives back: the rows that its last stage left there, and what is known of them.
#include <cstddef>
#include <ease/core/identity.hpp>
#include <ease/io/rows/read_records.hpp>
#include <ease/run/folder/stage_files.hpp>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ease::inline v1 {

namespace detail {
inline read_options saved_rows_reading() { return {.schema = "ease", .allow_empty = true}; }
}  // namespace detail

// The rows that a pipeline left in a run folder: a range that reads them from their file each time.
template <some_record Row>
class saved_rows {
 public:
  using row = Row;

  saved_rows(std::filesystem::path path, hash128 identity, std::shared_ptr<std::vector<stage_mark> const> marks)
      : path_{std::move(path)}, identity_{identity}, marks_{std::move(marks)} {}

  auto begin() {
    reader_ = record_reader<Row>{path_, detail::saved_rows_reading()};
    return reader_.begin();
  }
  std::default_sentinel_t end() const { return {}; }

  std::filesystem::path const& path() const { return path_; }
  // What they depend on: the source and every stage.
  hash128 const& run_identity() const { return identity_; }
  std::string const& content() const { return marks_->back().hash; }
  std::size_t count() const { return marks_->back().report.rows.written; }
  // Of its stages, the last one last.
  std::vector<stage_mark> const& marks() const { return *marks_; }
  stage_report const& report() const { return marks_->back().report; }
  // Why nothing came out; empty if something did.
  std::string why_empty() const { return detail::why_empty(*marks_); }

 private:
  std::filesystem::path path_;
  hash128 identity_;
  std::shared_ptr<std::vector<stage_mark> const> marks_;
  record_reader<Row> reader_{};
};

}  // namespace ease::inline v1
