#pragma once
// `ease run`: both phases of the method, stage by stage, each leaving its rows in a file of the output folder. A stage that
// has already run with the same settings on the same inputs is not run again, so that a run which was stopped goes on.
#include <filesystem>
#include <string>

#include "run_config.hpp"

namespace ease::app {

struct run_settings {
  std::filesystem::path out{};
  bool fresh{false};  // start over
  bool quiet{false};
};

// Returns the report (JSON) and prints the table; leaves report.json, model/ and the rows of each stage in `out`.
std::string run_method(run_config config, run_settings const& settings);

}  // namespace ease::app
