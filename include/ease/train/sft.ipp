// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of train/sft.hpp; core/compiled.hpp says where they are compiled.
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/train/sft.hpp>
#include <ease/train/step/think_tokens.hpp>
#include <ease/train/trainer.hpp>
#include <utility>
#include <vector>

namespace ease::inline v1 {

template <class Device>
auto sft<Device>::train(std::vector<training_example> const& examples) -> report {
  auto [out, rows] = prepared(examples);
  out.training = trainer<Device>{options_, watch_, stop_}.train(*model_->net, rows);
  return out;
}

template <class Device>
auto sft<Device>::plan(std::vector<training_example> const& examples, std::size_t ranks) -> planned {
  auto [counts, rows] = prepared(examples);
  return {std::move(counts), plan_training(model_->config(), rows, options_, Device::device(), ranks)};
}

template <class Device>
auto sft<Device>::prepared(std::vector<training_example> const& examples)
    -> std::pair<report, std::vector<tokenized_example>> {
  if (!model_->chat)
    throw error{"{}: cannot be fine-tuned without its chat template: {}", model_->name, model_->why_no_chat};
  report out{.training = {}, .examples = examples.size()};
  auto const known = model_->tokenizer.size();
  add_think_tokens(*model_);
  out.new_tokens = model_->tokenizer.size() - known;
  std::vector<tokenized_example> rows;
  rows.reserve(examples.size());
  for (auto const& one : examples) {
    if (text_of(one.completion).empty()) {
      ++out.empty_answers;
      continue;
    }
    out.reasoned += thinks(one.completion) ? 1U : 0U;
    auto made = model_->chat->example(one.before, one.completion, options_.train_on);
    rows.push_back({std::move(made.ids), std::move(made.loss_mask)});
  }
  if (examples.empty()) throw error{"nothing to train on: there are no rows"};
  if (rows.empty()) throw error{"nothing to train on: all {} rows have an empty answer", examples.size()};
  return {std::move(out), std::move(rows)};
}

}  // namespace ease::inline v1

#ifdef EASE_COMPILED_SOURCE
#include <ease/train/compiled_devices.hpp>
EASE_FOR_EACH_TRAINING_DEVICE(ease::sft)
#endif
