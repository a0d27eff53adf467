// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a step of `ease run` (steps.hpp) finds when it runs.
#include <ease/run/folder/model_room.hpp>
#include <ease/run/folder/run_folder.hpp>
#include <functional>
#include <string>

#include "run.hpp"
#include "run_cards.hpp"

namespace ease::app {

struct run_context {
  run_config const& config;
  run_settings const& settings;
  run_folder& folder;
  model_room& room;
  run_cards& cards;
  // A file or model, or in a plan, where an earlier stage still has to make it, a name under which nothing stands.
  std::function<std::string(std::string const&)> known;

  std::string at(char const* name) const { return (settings.out / name).string(); }
};

}  // namespace ease::app
