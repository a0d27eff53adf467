// SPDX-License-Identifier: Apache-2.0
#pragma once
// The reports of a fine-tune, and values derived from its options (train/options/training_options.hpp), a device and a
// model.
#include <c10/core/Device.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <ease/llm/arch/config.hpp>
#include <ease/train/batches/batching.hpp>
#include <ease/train/batches/dataset.hpp>
#include <ease/train/options/training_options.hpp>
#include <optional>

namespace ease::inline v1 {

// Reported after each optimiser step. `loss` is the mean over the step's target tokens, `gradient_norm` is before clipping.
struct training_step {
  std::size_t step{0}, steps{0};  // step counts from 1
  double loss{0}, learning_rate{0}, gradient_norm{0};
  std::size_t tokens{0}, target_tokens{0}, padding{0};  // padding: computed beside the rows' own tokens, for nothing
  double seconds{0};
  std::int64_t peak_bytes{0};               // of the device on CUDA, else of the process, so far
  std::optional<double> evaluation_loss{};  // where this step was evaluated
};

struct training_report {
  row_counts rows;
  std::size_t evaluation_rows{0};  // of rows.kept
  std::int64_t parameters{0};
  std::size_t steps{0}, tokens{0}, target_tokens{0}, padding{0};  // over all epochs
  double first_loss{0}, last_loss{0}, mean_loss{0};               // of optimiser steps; mean over all target tokens
  double seconds{0};
  std::int64_t peak_host_bytes{0}, peak_device_bytes{0};
  training_precision precision{training_precision::float32};
  std::optional<double> evaluation_loss{};  // after the last step
  std::size_t best_step{0};                 // the step of the lowest evaluation loss; 0: never evaluated
  double best_loss{0};
  std::size_t resumed_at{0};                // steps of the earlier run
  std::optional<std::size_t> stopped_at{};  // steps when it was told to stop; empty: it completed
};

// Mixed on CUDA and on CPUs that multiply bfloat16 natively (2 to 3 times float32's rate there), otherwise float32.
training_precision fastest_precision(at::Device device);

inline batch_shape shape_of(training_options const& o) {
  return {.how = o.batches, .rows = o.batch_size, .tokens = o.micro_batch_tokens};
}

// The longest row that is trained on.
inline std::size_t longest_row(training_options const& o, model_config const& config) {
  return config.context > 0 ? std::min(o.max_length, static_cast<std::size_t>(config.context)) : o.max_length;
}

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/train/step/options.ipp>
#endif
