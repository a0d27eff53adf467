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
#include "ease/train/plan.hpp"
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
    std::size_t new_tokens{0};     // think marks that the vocabulary lacked
  };

  // Trains `model` in place. The think marks become tokens of its vocabulary before the first step.
  explicit sft(language_model& model, training_options options, typename trainer<Device>::watcher watch = {},
               typename trainer<Device>::stopper stop = {})
      : model_{&model}, options_{std::move(options)}, watch_{std::move(watch)}, stop_{std::move(stop)} {}

  report train(std::vector<training_example> const& examples) {
    auto [out, rows] = prepared(examples);
    out.training = trainer<Device>{options_, watch_, stop_}.train(model_->net, rows);
    return out;
  }

  // What training would take. The model needs no weights.
  struct planned : report {
    training_plan plan;
  };
  planned plan(std::vector<training_example> const& examples) {
    auto [counts, rows] = prepared(examples);
    return {std::move(counts), plan_training(model_->net.config, rows, options_, Device::device())};
  }

 private:
  std::pair<report, std::vector<training_row>> prepared(std::vector<training_example> const& examples) {
    if (!model_->chat)
      throw error{"{}: cannot be fine-tuned without its chat template: {}", model_->name, model_->why_no_chat};
    report out{.training = {}, .examples = examples.size()};
    auto const known = model_->words.size();
    add_think_tokens(*model_);
    out.new_tokens = model_->words.size() - known;
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
    if (examples.empty()) throw error{"nothing to train on: there are no rows"};
    if (rows.empty()) throw error{"nothing to train on: all {} rows have an empty answer", examples.size()};
    return {std::move(out), std::move(rows)};
  }

  language_model* model_;
  training_options options_;
  typename trainer<Device>::watcher watch_;
  typename trainer<Device>::stopper stop_;
};

}  // namespace ease
