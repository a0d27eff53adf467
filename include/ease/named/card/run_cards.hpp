// SPDX-License-Identifier: Apache-2.0
#pragma once
// The cards of the models that a run leaves. Each tells of all phases down to its own, from the reports of their stages, so that
// a run that was resumed writes what an uninterrupted one does.
#include <algorithm>
#include <ease/io/files/atomic_file.hpp>
#include <ease/named/card/training_card.hpp>
#include <ease/run/folder/run_folder.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace ease::inline v1 {

class run_cards {
 public:
  // helpers: models beside the trained one, by role ("guard", "teacher"). `with_phase_1`: they had a part in its data too. `version`:
  // version_text of ease/version.hpp.
  run_cards(run_folder folder, card_base base, card_lines helpers, bool with_phase_1, std::string_view version)
      : folder_{std::move(folder)},
        base_{std::move(base)},
        helpers_{std::move(helpers)},
        helpers_in_phase_1_{with_phase_1},
        version_{version} {}

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
    auto card = training_card(base_, std::move(phases), version_);
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
  card_base base_;
  card_lines helpers_;
  bool helpers_in_phase_1_;
  std::string version_;
  std::vector<card_phase> phases_{};
};

}  // namespace ease::inline v1
