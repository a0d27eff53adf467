// SPDX-License-Identifier: Apache-2.0
#pragma once
// The questions of a benchmark as they are put to a model, with what stands in front of them.
//
//     auto const items = read_task(benchmark_named("mmlu"), {.data = "benchmarks", .limit = 20});
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/core/option.hpp>
#include <ease/measure/question/task.hpp>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace ease::inline v1 {

struct task_options {
  std::string data{};  // empty: the data sets of the hub
  std::optional<std::size_t> shots{};
  std::optional<std::size_t> limit{};

  static constexpr auto options() {
    using t = task_options;
    return std::tuple{
        option("data", &t::data, "Folder of the benchmarks' files (default: their data sets of the hub)").path(),
        option("shots", &t::shots, "Answered questions in front of each (default: 5 for mmlu and gsm8k, else 0)",
               between{0, 100}),
        option("limit", &t::limit, "Ask the first so many questions of each task, of mmlu of each subject", at_least(1))};
  }
};

// Questions with one text in front of them all: a task, or a subject of one.
struct task_part {
  std::string name{};    // of a subject; empty: the task has no parts
  std::string file{};    // as messages and reports call it
  std::string before{};  // the description and the shots
  std::vector<question> items{};
  std::vector<std::size_t> rows{};  // the place of each in its file, from 0
};

struct task_items {
  task_kind const* kind{};
  std::size_t shots{0};
  std::vector<task_part> parts{};

  std::size_t size() const {
    std::size_t count = 0;
    for (auto const& one : parts) count += one.items.size();
    return count;
  }
};

// Throws ease::error if a file is missing, a row is none of the task's, or there are too few shots.
task_items read_task(task_kind const& kind, task_options const& options);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/measure/task_items.ipp>
#endif
