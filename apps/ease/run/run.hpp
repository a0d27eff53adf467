// SPDX-License-Identifier: Apache-2.0
#pragma once
// `ease run`: both phases of the method (method/implant.hpp, method/calibrate.hpp) in a run folder, with the table before
// and after. A stage that has already run with the same settings on the same rows is replayed; one that left failed rows
// asks for those again.
#include <cstddef>
#include <cstdint>
#include <ease/io/json/json_members.hpp>
#include <ease/method/evaluate.hpp>
#include <ease/run/files/step_report.hpp>
#include <ease/run/folder/planned_stage.hpp>
#include <ease/run/folder/stage_report.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "run_config.hpp"

namespace ease::app {

struct run_settings {
  std::filesystem::path out{};
  bool fresh{false};   // start over
  bool stream{false};  // rows pass through all stages at once
  bool quiet{false};
  std::function<void(planned_stage const&)> plan{};  // nothing is done: each stage is told
};

struct run_outcome {
  run_config settings{};
  std::vector<reported_model> models{};  // as they were found when the run began
  double minutes{0};                     // of work, of all runs that it took
  evaluation before{}, after{};
  std::vector<stage_report> stages{};

  std::size_t failed_rows() const {
    std::size_t sum = 0;
    for (auto const& s : stages) sum += s.rows.failures();
    return sum;
  }
  bool lacks_verdicts() const {
    return !missing_verdicts_of(before).text().empty() || !missing_verdicts_of(after).text().empty();
  }
  std::string json() const;
};

// Leaves report.json, model/ and the rows of each stage in `out`.
run_outcome run_method(run_config config, run_settings const& settings);

}  // namespace ease::app
