// SPDX-License-Identifier: Apache-2.0
#pragma once
// Checkpoints from which a training run resumes bitwise: FOLDER/checkpoint-STEP holds the master weights, both AdamW moments
// (safetensors) and state.json. The order of the rows is a function of seed and epoch, so the step is the position in the
// data, on any number of ranks. A checkpoint appears complete or not at all. FOLDER/best-STEP holds weights alone.
// Non-goals: when to save and who saves (trainer.hpp).
#include <ATen/ATen.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/io/files/atomic_file.hpp>
#include <ease/io/files/atomic_folder.hpp>
#include <ease/llm/files/tensor_files.hpp>
#include <ease/log/size_text.hpp>
#include <ease/train/ops/optimizer.hpp>
#include <ease/train/options/training_options.hpp>
#include <ease/train/step/training_state.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace ease::inline v1 {

class checkpoint_folder {
 public:
  explicit checkpoint_folder(checkpoint_options options) : options_{std::move(options)} {}

  bool used() const { return !options_.folder.empty(); }

  // The checkpoint to start from, if any. Throws if there is one and the options do not say whether to resume from it.
  std::optional<std::filesystem::path> start() const {
    if (options_.resume == resume_from::named) {
      if (!exists(options_.named / "state.json"))
        throw error{"{}: is no checkpoint (a folder with state.json)", options_.named.string()};
      return options_.named;
    }
    if (!used()) return {};
    auto const all = those("checkpoint-");
    if (all.empty()) return {};
    if (options_.resume == resume_from::never)
      throw error{"{}: an earlier run stopped here after step {}: resume it (--resume), or remove the folder to start over",
                  options_.folder.string(), all.rbegin()->first};
    return all.rbegin()->second;
  }

  // Removes the checkpoints, and the folder if nothing else is in it: the trained model is saved elsewhere.
  void clear() const {
    for (auto const* prefix : {"checkpoint-", "best-"})
      for (auto const& [step, path] : those(prefix)) remove(path);
    std::error_code not_empty;
    std::filesystem::remove(options_.folder, not_empty);
  }

  // Fills `optimizer` from `checkpoint`. Throws if it is damaged or its run fingerprint is not `now`, naming what differs.
  static training_state load(std::filesystem::path const& checkpoint, adamw& optimizer,
                             std::map<std::string, std::string> const& now) {
    try {
      auto state = detail::read_state(checkpoint / "state.json");
      detail::check_same_run(checkpoint, state, now);
      auto const all = optimizer.states();
      read_tensors(checkpoint / weights_file, all.weights);
      read_tensors(checkpoint / "first_moments.safetensors", all.first_moments);
      read_tensors(checkpoint / "second_moments.safetensors", all.second_moments);
      optimizer.restored(state.step);
      return state;
    } catch (error const& e) {
      throw error{"cannot resume: {}", e.what()};
    }
  }

  // For the rank that writes, before the first step: removes unfinished files of a killed process, and throws if the disk
  // has no room for a checkpoint of `bytes`.
  void prepare(std::size_t bytes) const {
    std::error_code bad;
    std::filesystem::create_directories(options_.folder, bad);
    if (bad) throw error{"{}: cannot be made for the checkpoints: {}", options_.folder.string(), bad.message()};
    for (auto const& item : std::filesystem::directory_iterator{options_.folder, bad})
      if (atomic_folder::is_unfinished(item.path())) std::filesystem::remove_all(item.path(), bad);
    auto const space = std::filesystem::space(options_.folder, bad);
    if (!bad && space.available < bytes)
      throw error{"{}: a checkpoint takes {} and the disk has {} left: name another folder, or make room",
                  options_.folder.string(), size_text(bytes), size_text(space.available)};
  }

  // Writes a checkpoint, then removes the oldest ones. Throws, and keeps the others, if it cannot be written.
  void save(training_state const& state, adamw const& optimizer) const {
    auto const place = options_.folder / fmt::format("checkpoint-{}", state.step);
    guarded("the checkpoint", state.step, [&] {
      atomic_folder fresh{place};
      auto const all = optimizer.states();
      write_tensors(fresh / weights_file, all.weights);
      write_tensors(fresh / "first_moments.safetensors", all.first_moments);
      write_tensors(fresh / "second_moments.safetensors", all.second_moments);
      write_atomically(fresh / "state.json", detail::state_text(state));
      fresh.commit();
    });
    auto const all = those("checkpoint-");
    std::size_t left = all.size();
    for (auto const& [step, path] : all)
      if (left > std::max<std::size_t>(1, options_.keep)) remove(path), --left;
    // A run that resumes from here uses the best weights of this state only.
    for (auto const& [step, path] : those("best-"))
      if (step != state.best_step) remove(path);
  }

  // Writes the weights alone. Those of step `recorded`, the best by the newest checkpoint, are kept.
  void save_best(std::size_t step, std::size_t recorded, adamw const& optimizer) const {
    guarded("the best weights", step, [&] {
      atomic_folder fresh{best(step)};
      write_tensors(fresh / weights_file, optimizer.states().weights);
      fresh.commit();
    });
    for (auto const& [old, path] : those("best-"))
      if (old != step && old != recorded) remove(path);
  }
  void load_best(std::size_t step, adamw& optimizer, std::size_t steps_made) const {
    read_tensors(best(step) / weights_file, optimizer.states().weights);
    optimizer.restored(steps_made);
  }
  bool has_best(std::size_t step) const { return exists(best(step) / weights_file); }
  std::filesystem::path best(std::size_t step) const { return options_.folder / fmt::format("best-{}", step); }

 private:
  static constexpr std::string_view weights_file = "model.safetensors";

  // Folders PREFIXn by n.
  std::map<std::size_t, std::filesystem::path> those(std::string_view prefix) const {
    std::map<std::size_t, std::filesystem::path> all;
    std::error_code bad;
    for (auto const& item : std::filesystem::directory_iterator{options_.folder, bad}) {
      auto const name = item.path().filename().string();
      if (!name.starts_with(prefix)) continue;
      auto const digits = name.substr(prefix.size());
      if (!digits.empty() && digits.size() < 19 && digits.find_first_not_of("0123456789") == std::string::npos)
        all.emplace(std::stoull(digits), item.path());
    }
    return all;
  }
  static void remove(std::filesystem::path const& folder) {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  void guarded(char const* what, std::size_t step, auto&& work) const {
    try {
      work();
    } catch (error const& e) {
      auto const all = those("checkpoint-");
      throw error{"{} of step {} could not be saved: {}; {}", what, step, e.what(),
                  all.empty() ? "there is no earlier checkpoint"
                              : fmt::format("the last good one is {}: make room and resume", all.rbegin()->second.string())};
    }
  }

  checkpoint_options options_;
};

// Where the checkpoints of a run folder's training lie: `all`/RUN, RUN being the identity's first 16 characters. Those of
// runs with other rows or settings are removed: no run resumes from them.
inline std::filesystem::path checkpoints_of_run(std::filesystem::path const& all, std::string const& run) {
  auto const mine = run.substr(0, 16);
  std::error_code bad;
  std::vector<std::filesystem::path> others;
  for (auto const& old : std::filesystem::directory_iterator{all, bad})
    if (old.path().filename() != mine) others.push_back(old.path());
  for (auto const& old : others) std::filesystem::remove_all(old, bad);
  return all / mine;
}

}  // namespace ease::inline v1
