// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a run folder says of its run: which stages are done, which one it is at, and whether a process is at work. It may be
// asked while one is.
//
//     auto const status = status_of("out");
//     if (status.worker) fmt::print("process {} is at {}\n", *status.worker, status.current);
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ease::inline v1 {

struct stage_state {
  std::string name;
  std::filesystem::file_time_type when{};
  bool done{false};
  std::size_t read{0}, written{0}, failed{0};  // of a stage that is done
  std::size_t kept{0};                         // answers in its journal
};

struct run_status {
  std::vector<stage_state> stages{};    // in the order in which they were done or last worked on
  std::string current{};                // the stage that was begun and is not done; empty: none
  std::optional<std::string> worker{};  // the process that holds the folder
  bool finished{false};                 // nothing is left to do

  // For people: a line a stage, then whether it runs.
  std::string text() const;
  // {"finished": ..., "running": ..., "at": STAGE, "stages": [...]}
  std::string json() const;
};

// Throws ease::error if no run was started in the folder.
run_status status_of(std::filesystem::path const& folder);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/run/folder/run_status.ipp>
#endif
