// SPDX-License-Identifier: Apache-2.0
#pragma once
// The files of one saved stage in a run folder, and the mark that says what they depend on:
//
//     DIR/NAME/2-guard_filter.jsonl             its rows
//     DIR/NAME/2-guard_filter.rejected.jsonl    rows it rejected, with the reason; absent if there are none
//     DIR/NAME/2-guard_filter.failed.jsonl      rows that failed, likewise
//     DIR/.run/NAME/2-guard_filter.done         the mark: identity, what was read, and the stage's report; written last
//     DIR/.run/NAME/2-guard_filter.journal      what its models said
//     DIR/.run/NAME/2-guard_filter.*.places     of a shard: which rows of the input stand in each of those files
#include <cstddef>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <ease/core/hash.hpp>
#include <ease/io/rows/write_records.hpp>
#include <ease/record/shard.hpp>
#include <ease/run/folder/stage_report.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct stage_mark {
  std::string identity{};  // of the stage and all before it
  std::string input{};     // hash of the rows it read
  std::string hash{};      // of the rows it wrote; empty: it wrote none (a sink)
  std::uint64_t bytes{0};
  std::int64_t modified{0};  // the file's time when it was written, in the file system's own count
  std::string part{};        // "2/3" of a run that is divided; else "1/1"
  stage_report report{};

  static constexpr auto members() {
    using m = stage_mark;
    return std::tuple{member("identity", &m::identity), member("input", &m::input),       member("hash", &m::hash),
                      member("bytes", &m::bytes),       member("modified", &m::modified), member("part", &m::part),
                      member("report", &m::report)};
  }
};

namespace detail {
// Why the last of a pipeline's saved stages wrote no row: what each of them says of it.
std::string why_empty(std::vector<stage_mark> const& stages);
}  // namespace detail

class stage_files {
 public:
  // `root`: the run's folder; `step`: the stage's path in it, "NAME/2-guard_filter".
  stage_files(std::filesystem::path const& root, std::string step)
      : step_{std::move(step)}, base_{root / step_}, kept_{root / ".run" / step_} {}

  std::string const& step() const { return step_; }
  std::filesystem::path rows() const { return with(base_, ".jsonl"); }
  std::filesystem::path rejected() const { return with(base_, ".rejected.jsonl"); }
  std::filesystem::path failed() const { return with(base_, ".failed.jsonl"); }
  std::filesystem::path mark() const { return with(kept_, ".done"); }
  std::filesystem::path journal() const { return with(kept_, ".journal"); }
  std::filesystem::path places(std::filesystem::path const& of) const {
    return kept_.parent_path() / (of.filename().string() + ".places");
  }
  void make_folders() const;

  // Nothing if there is no mark, or none that can be read: the stage then counts as not run.
  std::optional<stage_mark> read_mark() const;
  void write_mark(stage_mark const& m) const;

  // Whether the rows are those that the mark tells of. A file with another time is looked at byte by byte.
  bool has_rows_of(stage_mark const& m) const;
  static std::int64_t time_of(std::filesystem::path const& path);

 private:
  static std::filesystem::path with(std::filesystem::path path, char const* ending) { return path += ending; }

  std::string step_;
  std::filesystem::path base_, kept_;
};

// The places that a shard's rows have in the input, one for each line of a file: 64-bit little-endian numbers.
void write_places(std::filesystem::path const& path, std::vector<std::uint64_t> const& places);
std::vector<std::uint64_t> read_places(std::filesystem::path const& path);

// Writes rows, whole or not at all, and knows their hash and places.
class kept_writer {
 public:
  explicit kept_writer(std::filesystem::path path);

  template <class Row>
  void operator()(Row const& row, std::size_t place) {
    line(to_json(row), place);
  }
  void line(std::string_view json, std::size_t place);
  void close();

  std::filesystem::path const& path() const { return path_; }
  std::string hash() const { return hex(hash_.value()); }
  std::uint64_t bytes() const { return bytes_; }
  std::vector<std::uint64_t> const& places() const { return places_; }

 private:
  std::optional<record_writer> writer_;
  std::filesystem::path path_;
  xxh3_stream hash_{};
  std::uint64_t bytes_{0};
  std::vector<std::uint64_t> places_{};
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/run/folder/stage_files.ipp>
#endif
