// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads a file of rows straight into typed records, lazily and in one pass:
//   for (auto& row : ease::read_records<prompt, data_type>("data/prompts.jsonl")) use(get<prompt>(row));
// JSON lines, a JSON array, TSV or CSV, each plain, gzip or zstd, in any of the schemas of io/schemas/all.hpp. With `other_keys`
// in the list the members that no field reads come along as raw JSON. A bad row is an ease::error of one line that names
// file, line and field, or is handed to a reject sink and counted; read == given + rejected + left_out always.
#include <cstddef>
#include <ease/io/json/field_table.hpp>
#include <ease/io/json/record_codecs.hpp>
#include <ease/io/rows/read_options.hpp>
#include <ease/io/rows/row_file.hpp>
#include <ease/record/record.hpp>
#include <filesystem>
#include <iterator>
#include <memory>
#include <range/v3/range_fwd.hpp>
#include <ranges>
#include <string>
#include <utility>

namespace ease::inline v1 {

namespace detail {

// A file and the row at hand. Kept apart from the range over it, which is a handle that can be copied.
template <some_record Record>
struct record_file {
  record_file(std::filesystem::path const& path, read_options options)
      : file{path, std::move(options), fields_of<Record>(), &current} {}
  record_file(record_file const&) = delete;
  record_file& operator=(record_file const&) = delete;

  Record current{};
  row_file file;
};

}  // namespace detail

// The rows of a file as an input range, for std and range-v3 views and as a pipeline's source. A copy is a handle on the
// same file: all copies share the one pass over it. A row is given by reference and may be moved from.
template <some_record Record>
class record_reader : public std::ranges::view_base, public ::ranges::view_base {
 public:
  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = Record;
    using difference_type = std::ptrdiff_t;
    using reference = Record&;
    using pointer = Record*;

    iterator() = default;
    explicit iterator(detail::record_file<Record>& file) : file_{&file} {}
    Record& operator*() const { return file_->current; }
    Record* operator->() const { return &file_->current; }
    iterator& operator++() {
      file_->file.next();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(iterator const& at, std::default_sentinel_t) { return at.file_->file.at_end(); }

   private:
    detail::record_file<Record>* file_{nullptr};
  };

  record_reader() = default;
  // Opens the file; rows are read as they are asked for. Throws ease::error if it cannot be read or holds no rows at all.
  explicit record_reader(std::filesystem::path const& path, read_options options = {})
      : file_{std::make_shared<detail::record_file<Record>>(path, std::move(options))} {}

  // The row at hand; the first call reads the first row.
  iterator begin() const {
    file_->file.start();
    return iterator{*file_};
  }
  std::default_sentinel_t end() const { return {}; }

  // So far, or of the whole file once the range has ended.
  read_counts counts() const { return file_->file.counts(); }
  // The fraction of the file, in [0, 1], that was read: counts().read / fraction_read() rows are expected in all. 0 where
  // the end is not known, as of a pipe.
  double fraction_read() const { return file_->file.fraction_read(); }
  // A description of how the file is read: `JSON lines (gzip), star1 schema (prompt from "question")`. Reads the first row.
  std::string description() const {
    file_->file.start();
    return file_->file.description();
  }
  // What is read: the path, or of a data set of the hub ORG/NAME@COMMIT:CONFIG/SPLIT.
  std::string const& name() const { return file_->file.name(); }

 private:
  std::shared_ptr<detail::record_file<Record>> file_{};
};

template <some_field... Fs>
record_reader<record<Fs...>> read_records(std::filesystem::path const& path, read_options options = {}) {
  return record_reader<record<Fs...>>{path, std::move(options)};
}

}  // namespace ease::inline v1
