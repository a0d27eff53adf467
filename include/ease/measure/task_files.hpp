// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where the rows of a benchmark are: in the folder of a user, laid out as docs/command_line.md has it, or on the hub.
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/measure/question/task.hpp>
#include <ease/measure/question/task_row.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace ease::inline v1 {

struct task_file {
  std::string part{};                          // the subject that the file is for; empty: it is for the whole task
  std::vector<std::filesystem::path> paths{};  // read one after the other
  std::vector<std::string> shown{};            // what errors and reports call them
};

// The files with the task's questions, or with its shots. `data`: the folder; empty: the data sets of the hub. Throws
// ease::error, which names what was looked for, if there are none.
std::vector<task_file> files_of_task(task_kind const& kind, std::string const& data, bool shots);

// Calls each(row) for the rows of a file, in order. Throws ease::error at the first that is no row.
void each_task_row(task_kind const& kind, task_file const& file, std::function<void(task_row const&)> const& each);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/measure/task_files.ipp>
#endif
