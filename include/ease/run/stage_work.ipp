// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of run/stage_work.hpp; core/compiled.hpp says where they are compiled.
#include <ease/run/stage_work.hpp>

namespace ease::inline v1::detail {

EASE_INLINE at_work::at_work(run_folder const& folder, stage_files const& files, std::size_t rows)
    : folder_{&folder}, files_{files}, bar_{files.step(), rows, "rows", !folder.options().progress} {}

EASE_INLINE at_work::~at_work() {
  for (auto const& one : models_) one->forget();
}

EASE_INLINE std::vector<remote_use> at_work::remote() const {
  std::vector<remote_use> all;
  for (auto const& one : models_)
    if (auto used = one->used()) {
      auto const same = std::ranges::find(all, used->model, &remote_use::model);
      if (same == all.end())
        all.push_back(std::move(*used));
      else
        same->from_journal += used->from_journal;
    }
  return all;
}

EASE_INLINE void at_work::sync() {
  if (kept_) kept_->sync();
}

EASE_INLINE segment_output::segment_output(stage_files names, event_log* to)
    : files{std::move(names)}, rows{files.rows()}, log{to} {}
EASE_INLINE segment_output::~segment_output() = default;

EASE_INLINE void segment_output::stop(std::string_view stage, field_table const& fields, void const* row, std::size_t place,
                                      std::string_view prompt, rejected const& why) {
  side(rejects, files.rejected(), side_line(stage, fields, row, why), place);
  if (log != nullptr)
    log->write(log_level::debug, "row_rejected", {{"stage", stage}, {"reason", why.reason}, row_says("prompt", prompt)});
}
EASE_INLINE void segment_output::stop(std::string_view stage, field_table const& fields, void const* row, std::size_t place,
                                      std::string_view prompt, failure const& why) {
  side(failures, files.failed(), side_line(stage, fields, row, why), place);
  if (log != nullptr)
    log->write(log_level::warn, "row_failed", {{"stage", stage}, {"error", why.what}, row_says("prompt", prompt)});
}

EASE_INLINE void segment_output::side(std::optional<kept_writer>& to, std::filesystem::path const& path,
                                      std::string const& line, std::size_t place) {
  if (!to) to.emplace(path);
  to->line(line, place);
}

EASE_INLINE void segment_output::close(std::optional<kept_writer>& one, std::filesystem::path const& path,
                                       bool with_places) const {
  if (one) {
    one->close();
    if (with_places) write_places(files.places(path), one->places());
    return;
  }
  std::error_code ignored;  // an older run's rows would be mistaken for this one's
  std::filesystem::remove(path, ignored);
  std::filesystem::remove(files.places(path), ignored);
}

EASE_INLINE void segment_output::close_sides(bool with_places) {
  close(rejects, files.rejected(), with_places);
  close(failures, files.failed(), with_places);
}

}  // namespace ease::inline v1::detail
