// SPDX-License-Identifier: Apache-2.0
#pragma once
// Estimates steps, tokens and memory of a fine-tune from the configuration and the rows alone: no weights are read.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <ease/llm/arch/config.hpp>
#include <ease/llm/inspect.hpp>
#include <ease/train/batches/dataset.hpp>
#include <ease/train/step/options.hpp>
#include <vector>

namespace ease::inline v1 {

struct training_plan {
  row_counts rows;
  std::size_t longest_row{0};                         // limit, in tokens
  std::size_t evaluation_rows{0};                     // of rows.kept
  std::int64_t parameters{0}, trained_parameters{0};  // with LoRA only the adapters are trained
  std::size_t steps{0};
  // Tokens of one epoch: of the rows; of those the target tokens; padding of these micro-batches; and what batches of
  // options.batch_size rows in shuffled order would have, padded to their longest row, or as published to max_length.
  std::size_t tokens{0}, target_tokens{0}, padding{0}, padded_to_longest{0}, padded_to_max_length{0};
  std::size_t micro_batches_per_epoch{0}, largest_micro_batch{0};  // the largest in tokens, padding included
  // Bytes: weights with master copies, gradients, AdamW's two moments, activations that a micro-batch keeps for its backward
  // pass.
  std::int64_t weights{0}, gradients{0}, optimiser{0}, activations{0};
  std::int64_t gradient_sums{0};  // part of gradients: accumulated over earlier micro-batches, before a backward pass begins
  // The peak, beside the program itself (0.2 GB): the gradients of a pass replace its activations. 0.83 to 1.01 of the
  // process's peak in eight runs of SmolLM2-135M (all precisions, 2 to 12 rows of 512).
  std::int64_t memory() const {
    return weights + optimiser + gradient_sums + std::max(activations, gradients - gradient_sums);
  }
};

// The parameters of LoRA adapters.
std::int64_t parameter_count(model_config const& config, lora_options const& lora);

// `ranks`: processes that share each step's rows. The bytes are of one of them, of the largest micro-batch that any has.
training_plan plan_training(model_config const& config, std::vector<tokenized_example> const& rows,
                            training_options const& options, at::Device device, std::size_t ranks = 1);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/train/plan.ipp>
#endif
