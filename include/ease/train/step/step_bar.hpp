// SPDX-License-Identifier: Apache-2.0
#pragma once
// A training's steps as a person watches them: how far, the loss, tokens a second, on stderr.
#include <fmt/format.h>

#include <cstddef>
#include <ease/log/progress.hpp>
#include <optional>
#include <string>
#include <utility>

namespace ease::inline v1 {

class step_bar {
 public:
  explicit step_bar(std::string title, bool quiet = false) : bar_{std::move(title), 0, "steps", quiet} {}

  // After step `step` of `steps`. The evaluation loss stays shown until there is another.
  void show(std::size_t step, std::size_t steps, double loss, std::optional<double> evaluation_loss,
            double tokens_per_second) {
    bar_.total(steps);
    if (evaluation_loss) evaluated_ = fmt::format(", evaluation loss {:.3f}", *evaluation_loss);
    bar_.note(fmt::format("loss {:.3f}{}, {:.0f} tokens/s", loss, evaluated_, tokens_per_second));
    bar_.at(step);
  }

 private:
  progress bar_;
  std::string evaluated_{};
};

}  // namespace ease::inline v1
