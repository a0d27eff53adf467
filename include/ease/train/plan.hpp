// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a fine-tune will cost, from the configuration and the rows alone: no weights are read.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ease/core/compiled.hpp"
#include "ease/llm/decoder/config.hpp"
#include "ease/train/batches/dataset.hpp"
#include "ease/train/step/options.hpp"

namespace ease {

struct training_plan {
  row_counts rows;
  std::size_t longest_row{0};                         // that is allowed
  std::size_t evaluation_rows{0};                     // of rows.kept
  std::int64_t parameters{0}, trained_parameters{0};  // with LoRA only the adapters are trained
  std::size_t steps{0};
  // Tokens of one epoch: of the rows themselves; of these micro-batches beyond that; and what batches of options.batch_size
  // rows in the order of a shuffle would hold if they were padded to their longest row, or as published to max_length.
  std::size_t tokens{0}, trained_tokens{0}, padding{0}, padded_to_longest{0}, padded_to_max_length{0};
  std::size_t micro_batches_per_epoch{0}, largest_micro_batch{0};  // the largest in tokens, padding included
  // Bytes: weights (masters too), gradients, AdamW's two moments; what a micro-batch keeps for its backward pass.
  std::int64_t weights{0}, gradients{0}, optimiser{0}, activations{0};
  std::int64_t gradient_sums{0};  // of gradients: those of earlier micro-batches, there before a backward pass begins
  // At once, beside the program itself (0.2 GB): the gradients of a pass take the place of its activations. 0.83 to 1.01 of
  // the process's peak in eight runs of SmolLM2-135M (all precisions, 2 to 12 rows of 512).
  std::int64_t memory() const {
    return weights + optimiser + gradient_sums + std::max(activations, gradients - gradient_sums);
  }
};

std::int64_t parameter_count(model_config const& config);
// Those of LoRA adapters.
std::int64_t parameter_count(model_config const& config, lora_options const& lora);

training_plan plan_training(model_config const& config, std::vector<training_row> const& rows,
                            training_options const& options, at::Device device);

}  // namespace ease

#ifndef EASE_COMPILED
#include "ease/train/plan.ipp"
#endif
