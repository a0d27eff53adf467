#pragma once
// `ease run`: both phases of the method, stage by stage, each leaving its rows in a file of the output folder. A stage that
// has already run with the same settings on the same inputs is not run again, so that a run which was stopped goes on;
// one that left failed rows asks for those again.
#include <cstddef>
#include <filesystem>
#include <string>

#include "run_config.hpp"

namespace ease::app {

struct run_settings {
  std::filesystem::path out{};
  bool fresh{false};  // start over
  bool quiet{false};
};

struct run_outcome {
  std::string report{};        // JSON
  std::size_t failed_rows{0};  // of all stages
};

// Leaves report.json, model/ and the rows of each stage in `out`.
run_outcome run_method(run_config config, run_settings const& settings);

}  // namespace ease::app
