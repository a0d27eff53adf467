// SPDX-License-Identifier: Apache-2.0
// Sets the threshold of the fine-tuned model by prompts that no phase has seen and that are not evaluated on.
#include "threshold.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <ease/method/rows/prompt_filters.hpp>
#include <ease/method/threshold/calibrate_threshold.hpp>
#include <ease/run/run_bound_pipeline.hpp>
#include <ease/train/calibration/file_threshold_fitter.hpp>
#include <filesystem>
#include <utility>

#include "../run_context.hpp"
#include "../run_rows.hpp"

namespace ease::app {

namespace {

// Of the first files only rows of one data_type: those files hold harmless prompts too.
class of_kind : public stage<needs<prompt, given_data_type, file_number>> {
 public:
  of_kind(std::size_t files, prompt_kind kind) : files_{files}, kind_{kind} {}
  decision<output> operator()(input const& row) const {
    if (get<file_number>(row) < files_ && get<given_data_type>(row) != kind_) return rejected{"other_kind"};
    return output{};
  }
  void each_part(auto&& visit) { visit(files_), visit(kind_); }

 private:
  std::size_t files_;
  prompt_kind kind_;
};

}  // namespace

void threshold_step::look() const { look_at<threshold_rows>(think), look_at<threshold_rows>(direct); }

void threshold_step::run(run_context const& at, std::string const& model, std::string const& out) const {
  auto const& config = at.config;
  std::vector<std::string> paths;
  threshold_files files{.system_prompt = config.system_prompt};
  auto const add = [&](std::vector<std::string> const& some, bool thinks) {
    for (auto const& p : some) {
      paths.push_back(p);
      files.names.push_back(std::filesystem::path{path_of_rows(row_spec::parse(p).file)}.filename().string());
      files.thinks.push_back(thinks ? 1 : 0);
    }
  };
  add(think.empty() ? config.data.diagnosis : think, true);
  auto const thinking_files = paths.size();
  if (direct.empty()) {
    add(config.data.harmful, false);
    add(config.data.general, false);
  } else {
    add(direct, false);
  }
  read_options may_be_empty;
  may_be_empty.allow_empty = true;
  std::vector<std::string> trained_on;
  for (auto const* mix : {"calibrate/mix.jsonl", "implant/mix.jsonl"})
    if (!at.settings.plan || std::filesystem::exists(at.known(at.at(mix)))) trained_on.push_back(at.at(mix));
  leave_out used{row_files<prompt>{trained_on, {.reading = may_be_empty}}, row_files<prompt>{config.data.held_out}};
  file_threshold_fitter fitter{
      at.known(model), out, {.device = config.models.device, .threads = config.models.threads, .overwrite = true}, [&at] {
        at.room.clear();
      }};
  fitter.describe([&at](threshold_report const& r) { return at.cards.text(at.cards.threshold(r)); });
  threshold_rows prompts{paths};
  auto const done = ease::run(from(prompts) | of_kind{think.empty() ? thinking_files : 0, prompt_kind::adversarial_harmful} |
                                  std::move(used) | draw({.rows_per_file = {rows_per_file}, .seed = seed}) |
                                  calibrate_threshold(fitter, std::move(files)),
                              at.folder.at("threshold"));
  at.cards.keep(out, at.cards.threshold(done.result));
  if (!at.settings.quiet && !at.settings.plan) fmt::print(stderr, "{}", threshold_table(done.result));
}

}  // namespace ease::app
