// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of measure/benchmark_report.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>

#include <algorithm>
#include <ease/io/rows/write_records.hpp>
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
  record_writer lines{path};
  for (auto const& [model, results] : models)
    for (std::size_t t = 0; t < tasks.size(); ++t) {
      auto result = results.at(t).begin();
      for (auto const& part : tasks[t].parts)
        for (auto const& asked_for : part.items) lines.write_line(item_line(tasks[t], model, *result++, asked_for));
    }
  lines.close();
}

EASE_INLINE std::string benchmark_table(benchmark_report const& report) {
  using cells = std::vector<std::string>;
  std::vector<cells> lines;
  lines.push_back(cells{"task", "shots", "model", "metric", "%", "95 %", "questions", "a second"});
  std::string notes;
  for (auto const& one : report.scores) {
    for (auto const& m : one.metrics) {
      auto& line = lines.emplace_back();
      bool const first = &m == &one.metrics.front();  // what all metrics share is said once
      line.push_back(first ? one.task : "");
      line.push_back(first ? fmt::format("{}", one.shots) : "");
      line.push_back(first ? one.model : "");
      line.push_back(m.metric);
      line.push_back(m.value ? fmt::format("{:.2f}", 100 * *m.value) : "-");
      line.push_back(m.low && m.high ? fmt::format("{:.2f} to {:.2f}", 100 * *m.low, 100 * *m.high) : "-");
      line.push_back(first ? fmt::format("{}", m.of) : "");
      line.push_back(first ? fmt::format("{:.1f}", one.questions_a_second) : "");
    }
    if (one.unanswered > 0)
      notes += fmt::format("{} {}: {} of {} unanswered, their reasoning did not end; counted as wrong (--max-tokens)\n",
                           one.task, one.model, one.unanswered, one.questions);
    if (one.failed > 0)
      notes += fmt::format("{} {}: {} of {} could not be asked and are not counted, the first: {}\n", one.task, one.model,
                           one.failed, one.questions, one.first_failure);
  }
  std::vector<std::size_t> widths(lines.front().size());
  for (auto const& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  std::string out;
  for (auto const& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      bool const is_text = i == 0 || i == 2 || i == 3;
      std::string const space(widths[i] - line[i].size(), ' ');
      out += (i > 0 ? "  " : "") + (is_text ? line[i] + space : space + line[i]);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  }
  out += notes;
  for (auto const& d : report.differences)
    out += fmt::format(
        "{} {}: {} less {}: {:+.2f} points (95 %: {:+.2f} to {:+.2f}), p {:.2g}, {} right by the later alone, {} by the "
        "first "
        "alone\n",
        d.task, d.metric, d.second, d.first, 100 * d.difference, 100 * d.low, 100 * d.high, d.p, d.only_second,
        d.only_first);
  return out;
}

}  // namespace ease::inline v1
