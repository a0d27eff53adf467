// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a stage from file to file leaves beside its output: each rejected or failed row with its reason, in the file of that
// reason or in the one for all the rest.
//
//     side_files sides;
//     sides.file_for("safe", "safe.jsonl", true);   // these rows as they are
//     sides.file_for("", "rejects.jsonl");          // all others, with why
//     run(stages, writer, sides.sink());
//     sides.close();
#include <cstddef>
#include <ease/io/files/file_use.hpp>
#include <ease/io/rows/side_row.hpp>
#include <ease/io/rows/write_records.hpp>
#include <ease/log/event_log.hpp>
#include <ease/record/fields.hpp>
#include <ease/run/files/input_rows.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace ease::inline v1 {

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
  std::string note() const { return writer_.note(); }  // of the file, once it is closed

 private:
  template <class Row>
  void place([[maybe_unused]] Row const& row) {  // rows that are not an input's have none
    if constexpr (Row::template has<row_position>) file_.positions.push_back(get<row_position>(row));
  }

  record_writer writer_;
  placed_file file_;
};

// Sends each rejected row to the file of its reason, or to the one for all the rest. Files without rows do not appear, but for outputs.
class side_files {
 public:
  // `log` hears of each row.
  explicit side_files(event_log* log = nullptr) : log_{log} {}
  // `reason` empty: everything that has no file of its own. `plain`: an output, with each row as it is, without the reason; it
  // appears without rows, too, since a next step is told to read it.
  void file_for(std::string reason, std::filesystem::path path, bool plain = false) {
    files_.push_back({std::move(reason), std::move(path), plain, nullptr});
  }
  auto sink() {
    return [this](std::string_view stage, auto const& row, auto const& why) {
      std::string_view reason = "failed";
      if constexpr (requires { why.reason; }) reason = why.reason;
      if (log_ != nullptr) tell(stage, row, why);
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
      if (f.plain && !f.writer) f.writer = std::make_unique<placed_writer>(f.path);
      if (f.writer) {
        f.writer->close();
      } else if (!is_stream(f.path)) {
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
  // What a person should know of them, once they are closed; empty: nothing.
  std::string note() const {
    std::string all;
    for (auto const& f : files_)
      if (auto const one = f.writer ? f.writer->note() : ""; !one.empty()) all.append(all.empty() ? "" : "; ").append(one);
    return all;
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

  void tell(std::string_view stage, auto const& row, auto const& why) {
    if constexpr (requires { why.what; })
      log_->write(log_level::warn, "row_failed",
                  {{"stage", stage}, {"error", why.what}, row_says("prompt", get<prompt>(row))});
    else
      log_->write(log_level::debug, "row_rejected",
                  {{"stage", stage}, {"reason", why.reason}, row_says("prompt", get<prompt>(row))});
  }

  event_log* log_;
  std::vector<one_file> files_{};
};

}  // namespace ease::inline v1
