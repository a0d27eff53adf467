// SPDX-License-Identifier: Apache-2.0
#pragma once
// The learning rate of each optimiser step: warm-up, then constant, linear or cosine decay to zero. Equal to the formulas of
// transformers' get_{constant,linear,cosine}_schedule_with_warmup, first step included (with a warm-up it runs at rate 0).
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <string_view>

namespace ease::inline v1 {

enum class schedule : std::uint8_t { constant, linear, cosine };
constexpr auto words_of(schedule) { return std::array<std::string_view, 3>{"constant", "linear", "cosine"}; }

struct learning_rate_schedule {
  schedule kind{schedule::cosine};
  double peak{1e-5};
  std::size_t warmup_steps{0};
  std::size_t total_steps{1};

  // The warm-up of `ratio` of all steps, rounded up as transformers does.
  static std::size_t warmup_of(double ratio, std::size_t total_steps) {
    auto const steps = static_cast<std::size_t>(std::ceil(ratio * static_cast<double>(total_steps)));
    // A run of one step would be all warm-up, at the rate 0, and train nothing.
    return steps >= total_steps && ratio < 1 && total_steps > 0 ? total_steps - 1 : steps;
  }

  // The rate of optimiser step `step`, counted from 0.
  double at(std::size_t step) const {
    if (step < warmup_steps) return peak * static_cast<double>(step) / static_cast<double>(warmup_steps);
    auto const decay_steps =
        static_cast<double>(std::max<std::size_t>(1, total_steps > warmup_steps ? total_steps - warmup_steps : 1));
    auto const done = static_cast<double>(step - warmup_steps) / decay_steps;
    switch (kind) {
      case schedule::constant:
        return peak;
      case schedule::linear:
        return peak * std::max(0.0, (static_cast<double>(total_steps) - static_cast<double>(step)) / decay_steps);
      case schedule::cosine:
        return peak * std::max(0.0, 0.5 * (1.0 + std::cos(std::numbers::pi * done)));
    }
    return peak;
  }
};

}  // namespace ease::inline v1
