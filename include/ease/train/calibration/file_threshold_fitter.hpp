// SPDX-License-Identifier: Apache-2.0
#pragma once
// The boundary of a model on disk, without libtorch in the header: read a model, move its boundary, write it. In a pipeline:
//
//     from(prompts) | calibrate_threshold(file_threshold_fitter{"out/tuned_model", "out/model", {}}, std::move(files))
#include <ease/core/compiled.hpp>
#include <ease/core/option.hpp>
#include <ease/llm/model_content.hpp>
#include <ease/method/threshold/calibrate_threshold.hpp>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace ease::inline v1 {

struct threshold_options {
  std::string device{"auto"};
  std::string chat{};  // a chat family's name; empty: that of the model's own template
  int threads{0};
  bool overwrite{false};

  static constexpr auto options() {
    using t = threshold_options;
    return std::tuple{
        option("chat_template", &t::chat, "A chat family's name; empty: the model's own"),
        option("device", &t::device, "Where it runs", one_of_words{"auto", "cpu", "cuda"}).without_effect_on_results(),
        option("threads", &t::threads, "CPU threads (0: as many as there are cores)", between{0, 4096})
            .without_effect_on_results()};
  }
};

// Weights keep the number format they are stored in. `card`: gives the text of the model's README.md.
threshold_report set_threshold_of(std::string const& model, std::string const& out, std::span<threshold_prompts const> kinds,
                                  threshold_options const& options,
                                  std::function<std::string(threshold_report const&)> const& card = {});

std::string threshold_table(threshold_report const& report);

// A `threshold_fitter` (method/threshold/calibrate_threshold.hpp): reads `model`, moves its threshold, writes `out`.
// `before`: called when it begins, to free memory.
class file_threshold_fitter {
 public:
  static constexpr std::string_view name{"file_threshold_fitter"};
  file_threshold_fitter(std::string model, std::string out, threshold_options options, std::function<void()> before = {})
      : model_{std::move(model)}, out_{std::move(out)}, options_{std::move(options)}, before_{std::move(before)} {}

  threshold_report fit(std::span<threshold_prompts const> kinds) {
    if (before_) before_();
    return set_threshold_of(model_, out_, kinds, options_, card_);
  }
  void describe(std::function<std::string(threshold_report const&)> card) { card_ = std::move(card); }
  // What it will read may still have to be made: a plan asks before.
  void each_part(auto&& visit) {
    visit(options_.chat);
    visit(std::filesystem::exists(model_) ? content_of_model(model_) : "not there yet");
  }
  std::string content() const { return content_if_there(out_); }

 private:
  std::string model_, out_;
  threshold_options options_;
  std::function<void()> before_;
  std::function<std::string(threshold_report const&)> card_{};
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/train/calibration/file_threshold_fitter.ipp>
#endif
