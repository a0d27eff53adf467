#pragma once
// Files of rows as the commands read and write them: options every command shares, a file for bad rows, and the side output
// that keeps each rejected or failed row with its reason.
#include <cstddef>
#include <ease/io/read_records.hpp>
#include <ease/io/reject_file.hpp>
#include <ease/io/write_records.hpp>
#include <ease/record/fields.hpp>
#include <ease/record/outcome.hpp>
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

namespace ease::app {

struct input_options {
  std::string file{};
  std::string format{"automatic"};
  std::string shape{"automatic"};
  std::string columns{};  // FIELD=COLUMN,...
  std::string on_bad_row{"stop"};
  std::string bad_rows{};  // file for them; default: INPUT.bad.jsonl
  std::size_t max_rows{std::numeric_limits<std::size_t>::max()};
  bool allow_empty{false};
};

read_options to_read_options(input_options const& in);

// The rows of an input file; keeps the file of bad rows that goes with them.
template <class... Fs>
class input_rows {
 public:
  explicit input_rows(input_options const& in) : limit_{in.max_rows} {
    auto options = to_read_options(in);
    if (options.bad_rows == on_bad_row::reject) {
      bad_ = std::make_unique<reject_file>(in.bad_rows.empty() ? in.file + ".bad.jsonl" : in.bad_rows);
      options.on_reject = [this](bad_row const& row) { (*bad_)(row); };
    }
    rows_ = read_records<Fs...>(in.file, std::move(options));
  }
  input_rows(input_rows const&) = delete;
  input_rows& operator=(input_rows const&) = delete;

  auto rows() { return rows_ | std::views::take(static_cast<std::ptrdiff_t>(std::min<std::size_t>(limit_, PTRDIFF_MAX))); }
  std::string description() const { return rows_.description(); }
  read_counts counts() const { return rows_.counts(); }
  // Makes the file of bad rows appear, if there were any.
  void close() {
    if (bad_ && bad_->rows() > 0) bad_->close();
  }

 private:
  std::unique_ptr<reject_file> bad_{};
  record_reader<record<Fs...>> rows_{};
  std::size_t limit_;
};

// One row of a side output: the fields it had by then, and which stage said what.
template <class Row>
std::string side_line(std::string_view stage, Row const& row, rejected const& why) {
  auto line = to_json(row);
  line.pop_back();
  line += line.size() > 1 ? ",\"rejected_by\":" : "\"rejected_by\":";
  append_json_string(line, stage);
  line += ",\"reason\":";
  append_json_string(line, why.reason);
  if (!why.detail.empty()) {
    line += ",\"detail\":";
    std::string detail = why.detail;
    replace_bad_utf8(detail);
    append_json_string(line, detail);
  }
  return line + "}";
}
template <class Row>
std::string side_line(std::string_view stage, Row const& row, failure const& why) {
  return side_line(stage, row, rejected{"failed", why.what});
}

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
      one_file* chosen = nullptr;
      for (auto& f : files_)
        if (f.reason == reason || (f.reason.empty() && chosen == nullptr)) chosen = &f;
      if (chosen == nullptr) return;
      if (!chosen->writer) chosen->writer = std::make_unique<record_writer>(chosen->path);
      if (chosen->plain)
        (*chosen->writer)(row);
      else
        chosen->writer->write_line(side_line(stage, row, why));
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

 private:
  struct one_file {
    std::string reason;
    std::filesystem::path path;
    bool plain;
    std::unique_ptr<record_writer> writer;
  };
  std::vector<one_file> files_{};
};

// {"read": .., "written": .., "bad_rows": .., "stages": [..]} into an open object of `out`.
void write_counts(json_writer& out, run_report const& report, read_counts const& read);

}  // namespace ease::app
