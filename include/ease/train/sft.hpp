#pragma once
// Supervised fine-tuning as the method's `sft_trainer`: examples go through the model's own chat template (ids and loss mask
// in one walk), then through the trainer. A row that cannot be learnt from is rejected and counted, never shortened.
#include <cstddef>
#include <functional>
#include <utility>
#include <variant>
#include <vector>

#include "ease/io/error.hpp"
#include "ease/llm/model.hpp"
#include "ease/method/finetune.hpp"
#include "ease/train/think_tokens.hpp"
#include "ease/train/trainer.hpp"

namespace ease {

template <class Device = cpu>
class sft {
 public:
  struct report {
    training_report training;
    std::size_t examples{0};       // given
    std::size_t empty_answers{0};  // rejected before training; the other rejections are in training.rows
    std::size_t reasoned{0};       // examples that carry `<think>`
  };

  // Trains `model` in place. The think marks become tokens of its vocabulary before the first step.
  explicit sft(language_model& model, training_options options, typename trainer<Device>::watcher watch = {})
      : model_{&model}, options_{std::move(options)}, watch_{std::move(watch)} {}

  report train(std::vector<training_example> const& examples) {
    if (!model_->chat)
      throw error{"{}: cannot be fine-tuned without its chat template: {}", model_->name, model_->why_no_chat};
    add_think_tokens(*model_);
    report out{.training = {}, .examples = examples.size()};
    std::vector<training_row> rows;
    rows.reserve(examples.size());
    for (auto const& one : examples) {
      if (text_of(one.completion).empty()) {
        ++out.empty_answers;
        continue;
      }
      out.reasoned += thinks(one.completion) ? 1U : 0U;
      auto made = model_->chat->example(one.before, one.completion);
      rows.push_back({std::move(made.ids), std::move(made.trained)});
    }
    if (rows.empty()) throw error{"nothing to train on: all {} rows have an empty answer", examples.size()};
    out.training = trainer<Device>{options_, watch_}.train(model_->net, rows);
    return out;
  }

 private:
  language_model* model_;
  training_options options_;
  typename trainer<Device>::watcher watch_;
};

}  // namespace ease
