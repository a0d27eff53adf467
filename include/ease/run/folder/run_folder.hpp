// SPDX-License-Identifier: Apache-2.0
#pragma once
// A folder that makes any pipeline resumable:
//
//     auto rows = run(from(prompts) | diagnose(slm) | guard_filter(judge), run_folder{"out"});
//
// Each stage that works on many rows at once (each that asks a model) leaves its rows in a file of its own; a second run
// replays what still holds and does the rest (run/saved_run.hpp). The same object carries progress, the log, the shard and
// the way to stop. One process works in a folder at a time.
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/core/stop_signals.hpp>
#include <ease/log/event_log.hpp>
#include <ease/record/shard.hpp>
#include <ease/run/folder/model_room.hpp>
#include <ease/run/folder/planned_stage.hpp>
#include <ease/run/folder/stage_files.hpp>
#include <ease/run/folder/stage_report.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

struct run_folder_options {
  ease::shard shard{};   // the rows that this process works on; merge_run (run/merge_run.hpp) puts the shards together
  bool fresh{false};     // start over, whatever is already done
  bool stream{false};    // rows pass through all stages at once: for models that fit together, or are all remote
  bool progress{false};  // on stderr, for stages that take longer than two seconds
  event_log* log{nullptr};
  model_room* models{nullptr};  // whose late models are freed between stages
  // Between answers; what it throws ends the run, which a later one resumes. By default after the signals that the program
  // watches.
  std::function<void()> on_tick{stop_if_asked};
  // Nothing is done or written: this is called for each stage instead, in order (`ease run --plan`). What run() returns is
  // empty but for stages that are done.
  std::function<void(planned_stage const&)> plan{};
  // A stage is done: now, or already by an earlier run.
  std::function<void(stage_report const&, bool already)> on_stage{};
};

class run_folder {
 public:
  // Makes the folder. Throws ease::error if another process works in it, or an earlier version of ease wrote it.
  explicit run_folder(std::filesystem::path const& path, run_folder_options options = {});

  // The same run, with a name for what is run in it: its files stand in DIR/NAME.
  run_folder at(std::string_view name) const;

  run_folder_options const& options() const;
  std::filesystem::path const& root() const;
  std::string const& prefix() const { return prefix_; }
  stage_files files(std::string const& name) const;

  // Of all stages of this run so far, replayed ones included, in order.
  std::vector<stage_report> const& stages() const;
  // How many of them ran now, and were not left by an earlier run.
  std::size_t worked() const;
  std::size_t failed_rows() const;

  // For what runs in the folder.
  // A stage runs again: its old mark holds no more, whatever becomes of it now.
  void begin(stage_files const& stage) const;
  void done(stage_report const& report, bool already) const;

  // Grows when identities, seeds or the folder's own files change their meaning.
  static constexpr std::string_view version{"ease run folder 1\n"};

  static std::string shard_name(shard const& part);

 private:
  struct shared;
  std::shared_ptr<shared> shared_;
  std::string prefix_{};
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/run/folder/run_folder.ipp>
#endif
