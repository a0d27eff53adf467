// SPDX-License-Identifier: Apache-2.0
#pragma once
// The cards of the models that a run leaves. Each tells of all phases down to its own, from the reports of their stages, so that
// a run that was resumed writes what an uninterrupted one does.
#include <algorithm>
#include <ease/io/files/atomic_file.hpp>
#include <ease/named/card/training_card.hpp>
#include <ease/run/folder/run_data.hpp>
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
  // `data`: the files and data sets, with the keys that name them.
  run_cards(run_folder folder, card_base base, card_lines helpers, std::vector<run_data> data, bool with_phase_1,
            std::string_view version)
      : folder_{std::move(folder)},
        base_{std::move(base)},
        helpers_{std::move(helpers)},
        data_{std::move(data)},
        helpers_in_phase_1_{with_phase_1},
        version_{version} {}

  // What the stages of `step` read.
  std::vector<rows_read> inputs(std::string_view step) const {
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
    return with_uses(phase_of_card(which, {}, options, result, components), step);
  }
  card_phase threshold(threshold_report const& result) const { return with_uses(phase_of_card({}, result), "threshold/"); }

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
  // Whether the stages of `step` read what a key names: one file may stand under several.
  static bool is_of(std::string_view key, std::string_view step) {
    bool const first = step == "implant/", second = step == "calibrate/";
    if (key == "data.reasoning" || key == "data.reasoned") return first;
    return key.starts_with("data.") ? !first : !first && !second;
  }
  card_phase with_uses(card_phase phase, std::string const& step) const {
    phase.data = data_of_card(inputs(step), [&](std::string const& file) {
      std::string keys;
      for (auto const& one : data_)
        if (one.file == file && is_of(one.key, step)) keys += (keys.empty() ? "" : ", ") + detail::cards::code(one.key);
      return keys;
    });
    return phase;
  }

  run_folder folder_;
  card_base base_;
  card_lines helpers_;
  std::vector<run_data> data_;
  bool helpers_in_phase_1_;
  std::string version_;
  std::vector<card_phase> phases_{};
};

}  // namespace ease::inline v1
