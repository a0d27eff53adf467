// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a training run has come to: a step is added to the run's state, the state to its report.
#include <ease/train/step/options.hpp>
#include <ease/train/step/training_state.hpp>

namespace ease::inline v1 {

inline void add(training_step const& seen, training_state& to) {
  if (to.step == 0) to.first_loss = seen.loss;
  to.step = seen.step;
  to.tokens += seen.tokens;
  to.target_tokens += seen.target_tokens;
  to.padding += seen.padding;
  to.loss_sum += seen.loss * static_cast<double>(seen.target_tokens);
  to.last_loss = seen.loss;
  to.seconds += seen.seconds;
}

// mean_loss is that over all target tokens, as it would be if they were one batch.
inline void add(training_state const& run, training_report& to) {
  to.tokens = run.tokens;
  to.target_tokens = run.target_tokens;
  to.padding = run.padding;
  to.mean_loss = run.loss_sum / static_cast<double>(run.target_tokens);
  to.first_loss = run.first_loss;
  to.last_loss = run.last_loss;
  to.best_step = run.best_step;
  to.best_loss = run.best_loss;
}

}  // namespace ease::inline v1
