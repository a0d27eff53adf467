// SPDX-License-Identifier: Apache-2.0
#pragma once
// The cards of the models that a run leaves. Each tells of all phases down to its own, from the reports of their stages, so that
// a run that was resumed writes what an uninterrupted one does.
#include <algorithm>
#include <ease/io/files/atomic_file.hpp>
#include <ease/named/card/training_card.hpp>
#include <ease/run/folder/run_folder.hpp>
#include <ease/version.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "run_config.hpp"

namespace ease::app {

class run_cards {
 public:
  // The models are named as they are found now.
  run_cards(run_config const& config, run_folder folder) : folder_{std::move(folder)} {
    if (folder_.options().plan) return;
    base_ = base_of_card(config.model);
    auto const add = [&](char const* role, std::string const& model) {
      if (!model.empty()) helpers_.emplace_back(role, model_of_card(model));
    };
    for (auto const& one : models_of(config.guard)) add("guard", one);
    add("classifier", config.classifier.model);
    if (config.teacher.facts().asks_model) add("teacher", config.teacher.model);
    if (!config.data.reasoned.empty()) helpers_in_phase_1_ = false;
  }

  // What the stages of `step` read.
  std::vector<rows_read> data(std::string_view step) const {
    std::vector<rows_read> all;
    for (auto const& stage : folder_.stages())
      if (stage.step.starts_with(step))
        for (auto const& one : stage.inputs)
          if (std::ranges::find(all, one.file, &rows_read::file) == all.end()) all.push_back(one);
    return all;
  }
  card_phase training(training_phase which, train_options const& options, train_result const& result) const {
    std::string const step = which == training_phase::implant ? "implant/" : "calibrate/";
    mix_report components;
    for (auto const& stage : folder_.stages())
      if (stage.step == step + "mix" && !stage.details.text.empty())
        components = from_json_text<mix_details>(stage.details.text, stage.step).components;
    return phase_of_card(which, data(step), options, result, components);
  }

  // The text, with `next` behind the phases that are kept.
  std::string text(card_phase next) const {
    auto phases = phases_;
    phases.push_back(std::move(next));
    auto card = training_card(base_, std::move(phases), version_text);
    if (helpers_in_phase_1_ || card.phases.size() > 1) card.helpers = helpers_;
    return card.text();
  }
  // The phase is done. Its card is written where none stands beside the model; one that a user has edited stays.
  void keep(std::filesystem::path const& model, card_phase phase) {
    if (folder_.options().plan) return;
    std::error_code bad;
    if (std::filesystem::exists(model / "config.json", bad) && !std::filesystem::exists(model / card_file_name, bad))
      write_atomically(model / card_file_name, text(phase));
    phases_.push_back(std::move(phase));
  }

 private:
  run_folder folder_;
  card_base base_{};
  card_lines helpers_{};
  bool helpers_in_phase_1_{true};
  std::vector<card_phase> phases_{};
};

}  // namespace ease::app
