// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a run needs, looked at before its first row: the files and the first row of each, the models' files, the folder to
// write to and the room on its disk. What can be known at the start must not fail hours later.
#include <filesystem>
#include <string>

#include "run_config.hpp"

namespace ease::app {

// Throws ease::error with one line that says what is missing, wrong or too small.
// `fresh`: what stands in `out` may be replaced, whoever left it there. `planning`: nothing is going to be written.
void preflight(run_config const& config, std::filesystem::path const& out, bool fresh, bool planning);

// Throws ease::error if a log would stand where a run in `out` writes its own; before the log is opened.
void refuse_log_of_run(std::string const& log, std::string const& out);

}  // namespace ease::app
