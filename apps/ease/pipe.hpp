#pragma once
// A stage from file to file: what every command that works row by row does.
#include <chrono>
#include <ease/stage/run.hpp>
#include <functional>
#include <string>
#include <utility>

#include "files.hpp"
#include "steps.hpp"

namespace ease::app {

using clock = std::chrono::steady_clock;
inline double since(clock::time_point start) { return std::chrono::duration<double>(clock::now() - start).count(); }

// Reads `Fs...`, runs `stages(source)`, writes what comes out.
template <class... Fs>
step_report pipe(std::string name, input_options const& in, std::string const& out, side_files& beside, auto&& stages) {
  auto const start = clock::now();
  step_report report{.step = std::move(name)};
  input_rows<Fs...> source{in};
  placed_writer writer{out};
  report.rows = run(stages(from(source.placed())), std::ref(writer), beside.sink());
  writer.close();
  beside.close();
  source.close();
  report.files.push_back(writer.file());
  beside.add_to(report.files);
  if (auto bad = source.bad_rows()) report.files.push_back(std::move(*bad));
  report.read = source.counts();
  report.input_rows = source.rows_seen();
  report.shape = source.description();
  report.seconds = since(start);
  return report;
}

}  // namespace ease::app
