// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the readers of JSON lines, JSON arrays and tables have in common: a window over the file that holds the row at hand,
// and the text of that row. Memory is bounded by the longest row, not by the file.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ease/io/files/byte_source.hpp>
#include <ease/io/json/simdjson.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// One row as it stands in the file. `text` stays valid until the next row is asked for, and simdjson::SIMDJSON_PADDING
// readable bytes follow it.
struct row_text {
  std::string_view text;
  std::size_t line{0};    // where it starts, from 1
  bool ends_file{false};  // the file ended right after it, without a newline
  std::string problem{};  // why it cannot be a row at all; empty if nothing is known against it
  std::size_t group{0};   // of a Parquet file: its row group, from 1; `line` is the row's number
};

// Where a row stands, for messages: "a.jsonl:17", "a.parquet: row 17 (row group 2)".
inline std::string place_of_row(std::string_view file, std::size_t line, std::size_t group) {
  return group == 0 ? fmt::format("{}:{}", file, line) : fmt::format("{}: row {} (row group {})", file, line, group);
}

// What a file of rows begins with, for formats to look at.
struct file_start {
  std::string_view ending;  // ".jsonl": of the name, in lower case, without ".gz" or ".zst"
  std::string_view bytes;   // the first ones
  bool holds_rows{false};   // it is one JSON object, with rows in it (object_outline.hpp)

  bool says_lines() const { return ending == ".jsonl" || ending == ".ndjson"; }
  // The first character that is not white space; '\0' if there is none.
  char first() const {
    auto const start = bytes.find_first_not_of(" \t\r\n");
    return start == bytes.npos ? '\0' : bytes[start];
  }
};

// How a format knows a file for its own: the greatest likeness is taken, of equal ones the first in the list of formats.
enum class likeness : std::uint8_t {
  none,
  header,  // the first line may be a table's header
  ending,  // the name's ending, though the bytes do not say so
  bytes,   // the first bytes
  name,    // the name's ending alone decides
  whole,   // all of the file was looked at
};

class row_window {
 public:
  // `shown`: as of byte_source.
  explicit row_window(std::filesystem::path const& path, std::string shown = {}) : source_{path, std::move(shown)} {
    data_.resize(chunk + simdjson::SIMDJSON_PADDING);
  }

  byte_source const& source() const { return source_; }
  std::string_view bytes() const { return {data_.data() + begin_, end_ - begin_}; }
  // The line on which bytes() starts, from 1.
  std::size_t line() const { return line_; }
  // The fraction of the file, in [0, 1], that was dropped; of a compressed file an estimate, of a pipe 0.
  double fraction_dropped() const {
    if (given_ == 0) return 0;
    return source_.fraction_used() * static_cast<double>(given_ - (end_ - begin_)) / static_cast<double>(given_);
  }

  // Reads more of the file behind bytes(), which moves; false at the end of the file.
  bool more() {
    if (finished_) return false;
    if (begin_ != 0) {
      std::memmove(data_.data(), data_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    if (end_ + simdjson::SIMDJSON_PADDING == data_.size()) data_.resize(data_.size() + end_);
    auto const count = source_.read(data_.data() + end_, data_.size() - simdjson::SIMDJSON_PADDING - end_);
    end_ += count;
    given_ += count;
    std::fill_n(data_.begin() + static_cast<std::ptrdiff_t>(end_), simdjson::SIMDJSON_PADDING, '\0');
    finished_ = count == 0;
    return !finished_;
  }

  // Gives up the first `count` bytes. Views of them stay valid until more().
  void drop(std::size_t count) {
    auto const* const stop = data_.data() + begin_ + count;
    for (auto const* at = data_.data() + begin_; at != stop; ++at, ++line_) {
      at = static_cast<char const*>(std::memchr(at, '\n', static_cast<std::size_t>(stop - at)));
      if (at == nullptr) break;
    }
    begin_ += count;
  }

 private:
  static constexpr std::size_t chunk = 1U << 20U;
  byte_source source_;
  std::vector<char> data_;
  std::size_t begin_{0};
  std::size_t end_{0};
  std::size_t line_{1};
  std::size_t given_{0};  // bytes by the source so far
  bool finished_{false};
};

namespace detail {
inline std::string too_long(std::size_t limit) {
  return fmt::format("the row is longer than {} bytes; is a quote, a bracket or a line end missing?", limit);
}
}  // namespace detail

}  // namespace ease::inline v1
