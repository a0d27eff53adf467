// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of run/saved_stages.hpp; core/compiled.hpp says where they are compiled.
#include <chrono>
#include <ease/core/error.hpp>
#include <ease/core/outcome.hpp>
#include <ease/run/folder/planned_stage.hpp>
#include <ease/run/saved_stages.hpp>
#include <ease/stage/run.hpp>
#include <utility>

namespace ease::inline v1::detail {

EASE_INLINE std::shared_ptr<std::vector<stage_mark> const> saved_stages::marks() const {
  return std::make_shared<std::vector<stage_mark> const>(marks_);
}

EASE_INLINE void saved_stages::add(hash128 identity, std::string const& file) {
  identities_.push_back(identity);
  files_.push_back(folder_.files(file));
  marks_.emplace_back();
}

EASE_INLINE void saved_stages::run_all(std::string content, std::size_t rows) {
  content_ = std::move(content);
  rows_ = rows;
  if (folder_.options().plan) return plan();
  for (std::size_t k = 0; k < files_.size(); ++k) {
    if (holds(k)) {
      folder_.done(marks_[k].report, true);
      continue;
    }
    bool const all = folder_.options().stream && k == 0;
    work(k, all ? files_.size() - 1 : k);
    if (all) break;
  }
}

EASE_INLINE bool saved_stages::holds(std::size_t k) {
  auto mark = files_[k].read_mark();
  if (!mark || mark->part != folder_.options().shard.text() || mark->identity != hex(identities_[k]) ||
      mark->input != input_of(k) || mark->report.rows.failures() > 0 || !files_[k].has_rows_of(*mark))
    return false;
  marks_[k] = *std::move(mark);
  return true;
}

EASE_INLINE void saved_stages::plan() {
  bool holding = content_ != not_known_yet && !folder_.options().fresh;
  for (std::size_t k = 0; k < files_.size(); ++k) {
    holding = holding && holds(k);
    planned_stage told{.step = files_[k].step(), .done = holding, .read = rows_before(k)};
    if (holding) {
      told.read = marks_[k].report.rows.read;
      told.written = marks_[k].report.rows.written;
    } else {
      foresee(k, told);
      marks_[k] = {.hash = not_known_yet};
      marks_[k].report.rows.written = told.written;
    }
    folder_.options().plan(told);
  }
}

EASE_INLINE void saved_stages::work(std::size_t first, std::size_t last) {
  auto const start = std::chrono::steady_clock::now();
  auto const& options = folder_.options();
  if (options.models != nullptr) options.models->next_stage();
  if (options.on_tick) options.on_tick();
  for (std::size_t k = first; k <= last; ++k) files_[k].make_folders();
  for (std::size_t k = last + 1; k-- > first;) folder_.begin(files_[k]);

  std::vector<std::unique_ptr<stage_worker>> all;
  for (std::size_t k = first; k <= last; ++k) all.push_back(worker(k, rows_before(k)));
  for (std::size_t k = first; k < last; ++k) connect(k, *all[k - first], *all[k - first + 1]);
  try {
    feed(first, *all.front());
    for (auto const& one : all) one->finish();
  } catch (stage_failed const&) {  // its side files say why
    for (auto const& one : all) one->close_sides(!options.shard.is_whole());
    throw;
  }

  double const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (std::size_t k = first; k <= last; ++k)
    keep(k, *all[k - first], first == last ? std::optional{seconds} : std::nullopt);
}

EASE_INLINE void saved_stages::keep(std::size_t k, stage_worker& done, std::optional<double> seconds) {
  auto const& counts = checked(done.report());
  auto& out = done.output();
  bool const divided = !folder_.options().shard.is_whole();
  done.models().sync();
  out.rows.close();
  out.close_sides(divided);
  if (divided) write_places(out.files.places(out.rows.path()), out.rows.places());
  stage_mark mark;
  mark.identity = hex(identities_[k]);
  mark.input = input_of(k);
  mark.hash = out.rows.hash();
  mark.bytes = out.rows.bytes();
  mark.modified = stage_files::time_of(out.rows.path());
  mark.part = folder_.options().shard.text();
  auto& r = mark.report;
  r.rows = counts;
  for (auto const& stage : counts.stages) r.seconds += stage.seconds;
  if (seconds) r.seconds = *seconds;
  r.step = out.files.step();
  r.remote = done.models().remote();
  if (out.failures) r.failed_file = out.files.failed().string();
  if (k == 0) tell_of_source(r);
  files_[k].write_mark(mark);
  folder_.done(r, false);
  marks_[k] = std::move(mark);
}

EASE_INLINE std::vector<std::uint64_t> saved_stages::places_of(std::size_t k) const {
  if (folder_.options().shard.is_whole()) return {};
  return read_places(files_[k].places(files_[k].rows()));
}

EASE_INLINE void saved_stages::takes_no_part(std::string_view stage) {
  throw error{
      "stage {} takes all rows at once and cannot work on a shard of them: run what stands in front of it whole, and divide "
      "what follows",
      stage};
}

}  // namespace ease::inline v1::detail
