// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of measure/benchmark_report.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>

#include <algorithm>
#include <ease/io/files/text_sink.hpp>
#include <ease/measure/benchmark_report.hpp>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace ease::inline v1 {

EASE_INLINE std::vector<score_difference> differences_of(std::span<task_items const> tasks,
                                                         std::span<model_results const> models) {
  std::vector<score_difference> all;
  for (std::size_t t = 0; t < tasks.size(); ++t)
    for (std::size_t m = 1; m < models.size(); ++m)
      std::ranges::move(
          differences_of(tasks[t], models[0].model, models[0].tasks.at(t), models[m].model, models[m].tasks.at(t)),
          std::back_inserter(all));
  return all;
}

EASE_INLINE void write_items(std::filesystem::path const& path, std::span<task_items const> tasks,
                             std::span<model_results const> models) {
  text_sink lines{path};
  for (auto const& [model, results] : models)
    for (std::size_t t = 0; t < tasks.size(); ++t) {
      auto result = results.at(t).begin();
      for (auto const& part : tasks[t].parts)
        for (auto const& asked_for : part.items) lines.write(item_line(tasks[t], model, *result++, asked_for) + "\n");
    }
  lines.commit();
}

EASE_INLINE std::string benchmark_table(benchmark_report const& report) {
  std::vector<std::pair<std::vector<std::string>, bool>> lines{
      {{"task", "shots", "model", "metric", "%", "95 %", "questions", "a second"}, true}};
  std::string notes;
  for (auto const& one : report.scores) {
    for (auto const& m : one.metrics)
      lines.push_back({{one.task, fmt::format("{}", one.shots), one.model, m.metric, fmt::format("{:.2f}", 100 * m.value),
                        fmt::format("{:.2f} to {:.2f}", 100 * m.low, 100 * m.high), fmt::format("{}", m.of),
                        fmt::format("{:.1f}", one.questions_a_second)},
                       &m == &one.metrics.front()});
    if (one.unanswered > 0)
      notes += fmt::format("{} {}: {} of {} unanswered, their reasoning did not end; counted as wrong (--max-tokens)\n",
                           one.task, one.model, one.unanswered, one.questions);
    if (one.failed > 0)
      notes += fmt::format("{} {}: {} of {} could not be asked and are not counted, the first: {}\n", one.task, one.model,
                           one.failed, one.questions, one.first_failure);
  }
  std::vector<std::size_t> widths(lines.front().first.size());
  for (auto const& [cells, first] : lines)
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  std::string out;
  for (auto const& [cells, first] : lines) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      bool const number = i != 0 && i != 2 && i != 3;
      auto const& cell = first || (i > 2 && i < 6) ? cells[i] : std::string{};
      if (i > 0) out += "  ";
      out += number ? fmt::format("{:>{}}", cell, widths[i]) : fmt::format("{:<{}}", cell, widths[i]);
    }
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
  }
  out += notes;
  for (auto const& d : report.differences)
    out += fmt::format("{} {}: {} less {}: {:+.2f} points (95 %: {:+.2f} to {:+.2f}), {} right there alone, {} here alone\n",
                       d.task, d.metric, d.second, d.first, 100 * d.difference, 100 * d.low, 100 * d.high, d.only_second,
                       d.only_first);
  return out;
}

}  // namespace ease::inline v1
