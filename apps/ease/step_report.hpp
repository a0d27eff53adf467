// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a command did, as it reports and logs it.
#include <cstddef>
#include <ease/method/evaluate.hpp>
#include <ease/run/folder/stage_report.hpp>
#include <string>
#include <utility>
#include <vector>

#include "files.hpp"

namespace ease::app {

// A stage's report, and what the command needs beside it to write a part's manifest (sharding.hpp).
struct step_report : stage_report {
  explicit step_report(std::string name = {}) { step = std::move(name); }

  evaluation scores{};                    // of `evaluate` alone
  std::vector<std::size_t> first_rows{};  // of the input, in each of its classes
  std::size_t input_rows{0};              // that could be read, those of other parts included
  std::vector<placed_file> files{};       // what a stage that works row by row has written, its output first
  std::string failed_verdict{};           // why the first of an evaluation's verdicts failed, if one did

  std::string json(std::string const& settings) const;  // `settings`: of the command, as a JSON object
  void log() const;                                     // as an event
  // As stage_report::trouble, and also if only verdicts failed.
  std::string trouble() const;
  // Rows went missing for other reasons than the method's: bad rows or failures.
  bool troubled() const { return read.rejected > 0 || rows.failures() > 0; }
};

}  // namespace ease::app
