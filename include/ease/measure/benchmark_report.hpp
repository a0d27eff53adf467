// SPDX-License-Identifier: Apache-2.0
#pragma once
// The results of some models at some benchmarks, for a program and for a person.
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/io/json/json_members.hpp>
#include <ease/measure/task_scores.hpp>
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

// A line a metric, then one a difference: "arc_easy acc  SmolLM2  54.3 % (52.3 to 56.3)".
std::string benchmark_table(benchmark_report const& report);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/measure/benchmark_report.ipp>
#endif
