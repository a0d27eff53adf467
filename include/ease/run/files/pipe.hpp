// SPDX-License-Identifier: Apache-2.0
#pragma once
// A stage from file to file: reads, runs, writes, and reports. What every command that works row by row does.
//
//     side_files sides;
//     journaled_models open{cache, "diagnose"};
//     auto report = pipe<input_rows<prompt, other_keys>>("diagnose", {.file = "prompts.jsonl"}, "answered.jsonl", sides, open,
//                                                        [&](auto rows) { return std::move(rows) | diagnose(open("SmolLM2")); });
#include <chrono>
#include <cstddef>
#include <ease/guard/unparsed_limit.hpp>
#include <ease/run/files/input_rows.hpp>
#include <ease/run/files/side_files.hpp>
#include <ease/run/files/step_report.hpp>
#include <ease/stage/run.hpp>
#include <functional>
#include <string>
#include <utility>

namespace ease::inline v1 {

// The rows of a report whose verdict could not be read.
inline std::size_t unparsed_verdicts(run_report const& rows) {
  std::size_t sum = 0;
  for (auto const& s : rows.stages)
    if (auto const found = s.rejected.find("unparsed"); found != s.rejected.end()) sum += found->second;
  return sum;
}

// Reads `Rows` (input_rows of some fields), runs `stages(source)`, whose models `open` opens (named/journaled_models.hpp), and
// writes what comes out; but throws unparsed verdicts beyond `max_unparsed` as an ease::error. Then no file appears, so that the
// same command may be given again.
template <class Rows>
step_report pipe(std::string name, input_options const& in, std::string const& out, side_files& sides, auto& open,
                 auto&& stages, double max_unparsed = 1.0) {
  auto const start = std::chrono::steady_clock::now();
  step_report report{std::move(name)};
  Rows source{in};
  open.expect([&] { return source.expected(); });
  placed_writer writer{out};
  report.rows = run(stages(from(source.placed())), std::ref(writer), sides.sink());
  check_unparsed(report.step, unparsed_verdicts(report.rows), report.rows.read - report.rows.failures(), max_unparsed);
  sides.close();
  writer.close();
  report.rows.add_note(writer.note());
  report.rows.add_note(sides.note());
  source.close();
  open.expect({});
  report.files.push_back(writer.file());
  sides.add_to(report.files);
  report.failed_file = sides.file_of("failed");
  if (auto bad = source.bad_rows()) report.files.push_back(std::move(*bad));
  report.read = source.counts();
  if (!source.bad_rows()) report.first_bad_row = source.first_bad_row();
  report.inputs = {source.source()};
  report.input_rows = source.rows_seen();
  report.input = source.description();
  report.remote = open.used();
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace ease::inline v1
