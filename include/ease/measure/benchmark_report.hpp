// SPDX-License-Identifier: Apache-2.0
#pragma once
// The results of some models at some benchmarks, for a program and for a person.
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/io/json/json_members.hpp>
#include <ease/measure/task_items.hpp>
#include <ease/measure/task_scores.hpp>
#include <filesystem>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace ease::inline v1 {

struct benchmark_report {
  std::vector<task_scores> scores{};            // of each model, task by task
  std::vector<score_difference> differences{};  // of each later model to the first one

  static constexpr auto members() {
    return std::tuple{member("scores", &benchmark_report::scores), member("differences", &benchmark_report::differences)};
  }

  std::size_t failures() const {
    std::size_t count = 0;
    for (auto const& one : scores) count += one.failed;
    return count;
  }
};

// What one model did at each of some benchmarks.
struct model_results {
  std::string model{};
  std::vector<std::vector<item_result>> tasks{};  // as many as there are benchmarks, in their order
};

// Each later model beside the first one, task by task.
std::vector<score_difference> differences_of(std::span<task_items const> tasks, std::span<model_results const> models);

// A line a question (item_line), model by model. The file appears whole.
void write_items(std::filesystem::path const& path, std::span<task_items const> tasks,
                 std::span<model_results const> models);

// A line a metric, then one a difference: "arc_easy acc  SmolLM2  54.3 % (52.3 to 56.3)".
std::string benchmark_table(benchmark_report const& report);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/measure/benchmark_report.ipp>
#endif
