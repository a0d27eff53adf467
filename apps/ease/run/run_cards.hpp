// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ease/named/card/run_cards.hpp>
#include <ease/run/folder/run_folder.hpp>
#include <ease/version.hpp>
#include <utility>

#include "run_config.hpp"
#include "run_data.hpp"

namespace ease::app {

// The cards of a run, with its models named as they are found now.
inline run_cards cards_of(run_config const& config, run_folder folder) {
  card_lines helpers;
  if (folder.options().plan) return {std::move(folder), {}, {}, {}, false, version_text};
  auto const add = [&](char const* role, std::string const& model) {
    if (!model.empty()) helpers.emplace_back(role, model_of_card(model));
  };
  for (auto const& one : models_of(config.guard)) add("guard", one);
  add("classifier", config.classifier.model);
  if (config.teacher.facts().asks_model) add("teacher", config.teacher.model);
  helpers.emplace_back("judge of attack success, before and after", judge_of_card(config.evaluate.guard));
  return {std::move(folder), base_of_card(config.model),   std::move(helpers),
          data_of(config),   config.data.reasoned.empty(), version_text};
}

}  // namespace ease::app
