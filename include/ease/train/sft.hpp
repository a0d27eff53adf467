// SPDX-License-Identifier: Apache-2.0
#pragma once
// Supervised fine-tuning as the method's `sft_trainer`: examples go through the model's own chat template (ids and loss mask
// in one pass), then through the trainer. A row that cannot be trained on is rejected and counted, never truncated.
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/llm/model.hpp>
#include <ease/method/finetune.hpp>
#include <ease/train/plan.hpp>
#include <ease/train/trainer.hpp>
#include <utility>
#include <vector>

namespace ease::inline v1 {

template <class Device = cpu>
class sft {
 public:
  struct report {
    training_report training;
    std::size_t examples{0};       // given
    std::size_t empty_answers{0};  // rejected before training; the other rejections are in training.rows
    std::size_t reasoned{0};       // examples that carry `<think>`
    std::size_t new_tokens{0};     // think tokens that were added to the vocabulary
  };

  // Trains `model` in place. The think tokens are added to its vocabulary before the first step.
  explicit sft(language_model& model, training_options options, typename trainer<Device>::watcher watch = {},
               typename trainer<Device>::stopper stop = {})
      : model_{&model}, options_{std::move(options)}, watch_{std::move(watch)}, stop_{std::move(stop)} {}

  report train(std::vector<training_example> const& examples);

  // Estimates the cost of training by so many processes. The model needs no weights.
  struct planned : report {
    training_plan plan;
  };
  planned plan(std::vector<training_example> const& examples, std::size_t ranks = 1);

 private:
  std::pair<report, std::vector<tokenized_example>> prepared(std::vector<training_example> const& examples);

  language_model* model_;
  training_options options_;
  typename trainer<Device>::watcher watch_;
  typename trainer<Device>::stopper stop_;
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/train/sft.ipp>
#endif
