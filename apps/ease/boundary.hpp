// SPDX-License-Identifier: Apache-2.0
#pragma once
// Setting the boundary as the commands call it, without libtorch in the header: read a model, move its boundary, write it.
#include <ease/method/threshold/calibrate_threshold.hpp>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "named_model.hpp"

namespace ease::app {

struct boundary_options {
  std::string device{"auto"};
  std::string chat{};  // a chat family's name; empty: that of the model's own template
  int threads{0};
  bool overwrite{false};

  static constexpr auto options() {
    using b = boundary_options;
    return std::tuple{
        option("chat_template", &b::chat, "A chat family's name; empty: the model's own"),
        option("device", &b::device, "Where it runs", one_of_words{"auto", "cpu", "cuda"}).without_effect_on_results(),
        option("threads", &b::threads, "CPU threads (0: as many as there are cores)", between{0, 4096})
            .without_effect_on_results()};
  }
};

// Weights keep the number format they are stored in.
boundary_report set_boundary_of(std::string const& model, std::string const& out, std::span<boundary_prompts const> kinds,
                                boundary_options const& options);

std::string boundary_table(boundary_report const& report);

// A `boundary_fitter` (method/threshold/calibrate_threshold.hpp): reads `model`, moves its boundary, writes `out`. `before`:
// called when it begins, to free memory.
class file_boundary_fitter {
 public:
  static constexpr std::string_view name{"file_boundary_fitter"};
  file_boundary_fitter(std::string model, std::string out, boundary_options options, std::function<void()> before = {})
      : model_{std::move(model)}, out_{std::move(out)}, options_{std::move(options)}, before_{std::move(before)} {}

  boundary_report fit(std::span<boundary_prompts const> kinds) {
    if (before_) before_();
    return set_boundary_of(model_, out_, kinds, options_);
  }
  // What it will read may still have to be made: a plan asks before.
  void each_part(auto&& visit) {
    visit(options_.chat);
    visit(std::filesystem::exists(model_) ? content_of_model(model_) : "not there yet");
  }
  bool still_there() const { return std::filesystem::exists(std::filesystem::path{out_} / "config.json"); }

 private:
  std::string model_, out_;
  boundary_options options_;
  std::function<void()> before_;
};

}  // namespace ease::app
