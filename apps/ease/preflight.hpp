// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a run needs, looked at before its first row: the files and the first row of each, the models' files, the folder to
// write to and the room on its disk. What can be known at the start must not fail hours later.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "run_config.hpp"
#include "train.hpp"

namespace ease::app {

// Throws ease::error with one line that says what is missing, wrong or too small.
// `fresh`: what stands in `out` may be replaced, whoever left it there. `planning`: nothing is going to be written.
void preflight(run_config const& config, std::filesystem::path const& out, bool fresh, bool planning);

// The models of one command, which are opened one after the other: their files, or the form of their address.
void look_at_models(std::vector<std::string> const& models, std::string const& chat);

// The model that is to be trained, and the room for what becomes of it.
void look_at_training(std::string const& model, train_options const& how, std::filesystem::path const& out);

}  // namespace ease::app
