// SPDX-License-Identifier: Apache-2.0
#pragma once
// A stage from file to file: what every command that works row by row does.
#include <chrono>
#include <cstddef>
#include <ease/guard/unparsed_limit.hpp>
#include <ease/stage/run.hpp>
#include <functional>
#include <string>
#include <utility>

#include "files.hpp"
#include "step_report.hpp"
#include "watching.hpp"

namespace ease::app {

using clock = std::chrono::steady_clock;
inline double since(clock::time_point start) { return std::chrono::duration<double>(clock::now() - start).count(); }

inline std::size_t unparsed_verdicts(run_report const& rows) {
  std::size_t sum = 0;
  for (auto const& s : rows.stages)
    if (auto const found = s.rejected.find("unparsed"); found != s.rejected.end()) sum += found->second;
  return sum;
}

// Reads `Rows` (step_rows.hpp), runs `stages(source)`, whose models `open` opens, and writes what comes out; but not if too
// many verdicts could not be read, which then stand in the side files.
template <class Rows>
step_report pipe(std::string name, input_options const& in, std::string const& out, side_files& beside, watching_shelf& open,
                 auto&& stages, double max_unparsed = 1.0) {
  auto const start = clock::now();
  step_report report{std::move(name)};
  Rows source{in};
  open.expect([&] { return source.expected(); });
  placed_writer writer{out};
  report.rows = run(stages(from(source.placed())), std::ref(writer), beside.sink());
  beside.close();
  check_unparsed(report.step, unparsed_verdicts(report.rows), report.rows.read - report.rows.failures(), max_unparsed);
  writer.close();
  source.close();
  open.expect({});
  report.files.push_back(writer.file());
  beside.add_to(report.files);
  report.failed_file = beside.file_of("failed");
  if (auto bad = source.bad_rows()) report.files.push_back(std::move(*bad));
  report.read = source.counts();
  report.input_rows = source.rows_seen();
  report.input = source.description();
  report.remote = open.used();
  report.seconds = since(start);
  return report;
}

}  // namespace ease::app
