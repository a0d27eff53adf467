// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files of rows as the commands read and write them: options every command shares, a file for bad rows, and the side output
// that keeps each rejected or failed row with its reason.
#include <algorithm>
#include <cstddef>
#include <ease/core/outcome.hpp>
#include <ease/io/rows/read_records.hpp>
#include <ease/io/rows/reject_file.hpp>
#include <ease/io/rows/side_row.hpp>
#include <ease/io/rows/write_records.hpp>
#include <ease/record/fields.hpp>
#include <ease/record/row_key.hpp>
#include <ease/record/shard.hpp>
#include <ease/stage/report.hpp>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "file_use.hpp"
#include "logs.hpp"

namespace ease::app {

struct input_options {
  std::string file{};
  std::string format{"automatic"};
  std::string shape{"automatic"};
  std::string columns{};  // FIELD=COLUMN,...
  std::string on_bad_row{"stop"};
  std::string bad_rows{};    // file for them; default: INPUT.bad.jsonl
  bool keep_bad_rows{true};  // whether this process is the one that writes it
  std::size_t max_rows{std::numeric_limits<std::size_t>::max()};
  bool allow_empty{false};
  shard part{};                // the rows that are worked on
  std::size_t rows_before{0};  // of the files before this one, where several are read as one

  std::string bad_rows_file() const { return bad_rows.empty() ? file + ".bad.jsonl" : bad_rows; }
};

// A file that was written, and which rows of the input stand in it.
struct placed_file {
  std::filesystem::path path;
  std::vector<std::size_t> positions{};
  bool exists{true};
};

read_options to_read_options(input_options const& in);

// The rows of an input file, of one part of them; keeps the file of bad rows that goes with them. Bad rows have no key: the
// first part has them all.
template <class... Fs>
class input_rows {
 public:
  explicit input_rows(input_options const& in) : part_{in.part}, limit_{in.max_rows}, seen_{in.rows_before} {
    auto options = to_read_options(in);
    if (options.bad_rows == on_bad_row::reject && in.keep_bad_rows && has_bad_rows()) {
      bad_ = std::make_unique<reject_file>(bad_path_ = in.bad_rows_file());
      options.on_reject = [this](bad_row const& row) { (*bad_)(row); };
    }
    rows_ = read_records<Fs...>(in.file, std::move(options));
  }
  input_rows(input_rows const&) = delete;
  input_rows& operator=(input_rows const&) = delete;

  // Throws what reading the file would: it is not there, or its first row is none of these. Where bad rows are let pass, the
  // first may be one. What can be read only once is left alone.
  static void look_at(input_options const& in) {
    if (in.file == "-" || is_stream(in.file)) return;
    auto const rows = read_records<Fs...>(in.file, to_read_options(in));
    if (in.on_bad_row == "stop") (void)rows.begin();
  }

  // All of them, whatever the part.
  auto rows() { return rows_ | std::views::take(static_cast<std::ptrdiff_t>(std::min<std::size_t>(limit_, PTRDIFF_MAX))); }
  // Those of the part, each with its place in the file.
  auto placed() {
    placed_ = true;
    return rows() | std::views::filter([this](auto const& row) {
             ++seen_;
             bool const mine = part_.is_whole() || part_.owns(row_key(get<prompt>(row)));
             owned_ += mine ? 1U : 0U;
             return mine;
           }) |
           std::views::transform([this](auto& row) { return joined(std::move(row), make_record<row_position>(seen_ - 1)); });
  }
  std::string description() const { return rows_.description(); }
  read_counts counts() const {
    auto const all = rows_.counts();
    if (!placed_) return all;
    auto const bad = has_bad_rows() ? all.rejected : 0;  // behind max_rows one more row is read, and not given
    return {owned_ + bad, owned_, bad};
  }
  // How many rows there will be in all, of the part if there is one, by the share of the file that was read so far; 0 where
  // the file's end is not known.
  std::size_t expected() const {
    auto const read = rows_.counts().given;
    auto const fraction = rows_.fraction_read();
    if (fraction <= 0 || read == 0) return 0;
    auto const whole = std::min(static_cast<double>(read) / fraction, static_cast<double>(limit_));
    return static_cast<std::size_t>(placed_ ? whole * static_cast<double>(owned_) / static_cast<double>(read) : whole);
  }
  std::size_t rows_seen() const { return seen_; }  // by placed(), those of other parts and of files before included
  // Makes the file of bad rows appear, if there were any.
  void close() {
    if (bad_ && bad_->rows() > 0) bad_->close();
  }
  // Where bad rows go, if they are kept.
  std::optional<placed_file> bad_rows() const {
    if (!bad_) return std::nullopt;
    placed_file file{.path = bad_path_, .exists = bad_->rows() > 0};
    for (std::size_t i = 0; i < bad_->rows(); ++i) file.positions.push_back(i);
    return file;
  }

 private:
  bool has_bad_rows() const { return part_.number == 1; }

  shard part_;
  std::unique_ptr<reject_file> bad_{};
  std::filesystem::path bad_path_{};
  record_reader<record<Fs...>> rows_{};
  std::size_t limit_;
  std::size_t seen_{0}, owned_{0};
  bool placed_{false};
};

// Writes rows and remembers which of the input they are.
class placed_writer {
 public:
  explicit placed_writer(std::filesystem::path const& path) : writer_{path}, file_{.path = path} {}
  template <class Row>
  void operator()(Row const& row) {
    writer_(row);
    place(row);
  }
  template <class Row>
  void write_line(Row const& row, std::string_view json) {
    writer_.write_line(json);
    place(row);
  }
  void close() { writer_.close(); }
  placed_file const& file() const { return file_; }

 private:
  template <class Row>
  void place([[maybe_unused]] Row const& row) {  // rows that are not an input's have none
    if constexpr (Row::template has<row_position>) file_.positions.push_back(get<row_position>(row));
  }

  record_writer writer_;
  placed_file file_;
};

// Sends each rejected row to the file of its reason, or to the one for all the rest. Files without rows do not appear.
class side_files {
 public:
  // `reason` empty: everything that has no file of its own. `plain`: the row as it is, without the reason.
  void file_for(std::string reason, std::filesystem::path path, bool plain = false) {
    files_.push_back({std::move(reason), std::move(path), plain, nullptr});
  }
  auto sink() {
    return [this](std::string_view stage, auto const& row, auto const& why) {
      std::string_view reason = "failed";
      if constexpr (requires { why.reason; }) reason = why.reason;
      if constexpr (requires { why.what; })
        logs().write(log_level::warn, "row_failed",
                     {{"stage", stage}, {"why", why.what}, row_says("prompt", get<prompt>(row))});
      else
        logs().write(log_level::debug, "row_rejected",
                     {{"stage", stage}, {"why", why.reason}, row_says("prompt", get<prompt>(row))});
      one_file* const chosen = find(reason);
      if (chosen == nullptr) return;
      if (!chosen->writer) chosen->writer = std::make_unique<placed_writer>(chosen->path);
      if (chosen->plain)
        (*chosen->writer)(row);
      else
        chosen->writer->write_line(row, side_line(stage, row, why));
    };
  }
  void close() {
    for (auto& f : files_) {
      if (f.writer) {
        f.writer->close();
      } else {
        std::error_code ignored;
        std::filesystem::remove(f.path, ignored);  // an older run's rows would be mistaken for this one's
      }
    }
  }
  // Where rows of this reason are; empty if there are none or they are not kept.
  std::string file_of(std::string_view reason) {
    auto const* const f = find(reason);
    return f != nullptr && f->writer ? f->path.string() : std::string{};
  }
  // All of them, also those without rows.
  void add_to(std::vector<placed_file>& files) const {
    for (auto const& f : files_) files.push_back(f.writer ? f.writer->file() : placed_file{.path = f.path, .exists = false});
  }

 private:
  struct one_file {
    std::string reason;
    std::filesystem::path path;
    bool plain;
    std::unique_ptr<placed_writer> writer;
  };
  one_file* find(std::string_view reason) {
    one_file* chosen = nullptr;
    for (auto& f : files_)
      if (f.reason == reason || (f.reason.empty() && chosen == nullptr)) chosen = &f;
    return chosen;
  }

  std::vector<one_file> files_{};
};

}  // namespace ease::app
