// SPDX-License-Identifier: Apache-2.0
#pragma once
// Calibrates a model's threshold for reasoning without training: the row of `<think>` in the output matrix is refitted by
// threshold_fit.hpp, and moved along the mean hidden state u of places where answers begin, row += shift * u / |u|^2, which
// adds about `shift` to its logit there. Where the zero should lie is method/threshold/threshold.hpp's to say.
//
// A head that is tied to the embedding is untied: the input embedding of `<think>` must stay as it was trained. With a tied
// head a change of a third of the row made one of three models of the demo write <think> again and again (17 of 50 answers
// to jailbreaks; none once untied). The saved model then has an lm_head of its own.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/decoder/forward.hpp>
#include <ease/llm/model.hpp>
#include <ease/method/rows/near_duplicates.hpp>
#include <ease/method/threshold/threshold.hpp>
#include <ease/record/answer.hpp>
#include <ease/train/batches/dataset.hpp>
#include <ease/train/batches/packed_batch.hpp>
#include <ease/train/calibration/threshold_fit.hpp>
#include <iterator>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ease::inline v1 {

namespace detail {

// Final hidden states where the answers to `prompts` begin: float32 [prompts, hidden].
inline at::Tensor answer_starts(language_model const& model, std::span<conversation const> prompts, token_id think,
                                std::size_t tokens_at_once) {
  std::vector<tokenized_example> rows;
  for (auto const& asked : prompts) {
    tokenized_example row{.ids = model.chat->prompt(asked).ids, .loss_mask = {}};
    if (row.ids.empty() ||
        std::find(row.ids.end() - std::min<std::ptrdiff_t>(4, std::ssize(row.ids)), row.ids.end(), think) != row.ids.end())
      throw error{"{}: its chat template opens <think> itself: such a model has no threshold to set", model.name};
    if (static_cast<std::int64_t>(row.ids.size()) >= model.net->config.context)
      throw error{"{}: a prompt of {} tokens leaves no room for an answer in a context of {}", model.name, row.ids.size(),
                  model.net->config.context};
    row.loss_mask.assign(row.ids.size(), 0);
    row.ids.push_back(think);  // attended to by nothing: a target that selects the position before it
    row.loss_mask.push_back(1);
    rows.push_back(std::move(row));
  }
  auto const& net = *model.net;
  auto const device = net.embed_tokens.device();
  std::vector<std::size_t> every(rows.size());
  std::iota(every.begin(), every.end(), std::size_t{0});
  auto out = at::empty({std::ssize(rows), net.config.hidden}, at::TensorOptions{}.dtype(at::kFloat).device(device));
  for (auto const& some : pack(rows, every, tokens_at_once)) {
    auto const batch = packed_batch::of(rows, some, device);
    packed_attention const attend{batch.lengths};
    auto const all = net.hidden(batch.ids, batch.positions, attend);
    std::vector<std::int64_t> const where(some.begin(), some.end());
    out.index_copy_(0, at::tensor(where, at::kLong).to(device), all.index_select(0, batch.sources).to(at::kFloat));
  }
  return out;
}

}  // namespace detail

// Moves the threshold of `model` in place so that the worst group's risk is least. Throws ease::error if the model has no
// `<think>` token, no chat template or one that opens `<think>` itself, or if one of the sides has no prompts.
inline threshold_report set_think_threshold(language_model& model, std::span<threshold_prompts const> kinds,
                                            std::size_t tokens_at_once = 1024) {
  c10::NoGradGuard const no_gradients;
  if (!model.chat) throw error{"{}: has no chat template: {}", model.name, model.why_no_chat};
  auto const think = model.tokenizer.id_of(think_open);
  if (!think) throw error{"{}: has no {} token: fine-tune it first", model.name, think_open};

  // Of all prompts together: final states [n, hidden] and the best other token's logit [n].
  std::vector<at::Tensor> starts, runners_up;
  std::vector<std::string> asked;
  threshold_states all;
  auto const head = model.net->lm_head.to(at::kFloat);
  for (auto const& kind : kinds) {
    all.groups.push_back({.name = kind.name, .thinks = kind.thinks});
    if (kind.prompts.empty()) continue;
    all.group.resize(all.group.size() + kind.prompts.size(), all.groups.size() - 1);
    for (auto const& prompt : kind.prompts) asked.push_back(prompt.back().content);
    starts.push_back(detail::answer_starts(model, kind.prompts, *think, tokens_at_once));
    auto logits = at::linear(starts.back(), head);
    logits.select(1, *think).fill_(-std::numeric_limits<float>::infinity());
    runners_up.push_back(logits.amax(1));
  }
  if (starts.empty()) throw error{"threshold: there are no prompts to set it by"};
  all.cluster = near_duplicates(asked);
  auto const wide = [](at::Tensor const& x) { return x.to(at::kCPU, at::kDouble).contiguous(); };
  all.states = wide(at::cat(starts));
  auto const runner_up = wide(at::cat(runners_up));
  auto const stored = [&] { return wide(model.net->lm_head.select(0, *think)); };
  auto const trained = stored();
  all.margins = at::mv(all.states, trained) - runner_up;
  auto const before = all.with(all.margins);

  auto const fit = fit_threshold(all);
  // The threshold is set by cross-validated margins, each in units of what a shift of 1 adds to it: the direction is the
  // same for all prompts, their projection on it is not. A projection near 0 would need an unbounded shift.
  auto const mean = all.states.mean(0);
  auto const direction = mean / mean.square().sum();
  auto const per_unit = at::mv(all.states, direction).clamp_min(0.1);
  threshold_report report{.shift = minimax_threshold(all.with(fit.expected / per_unit))};
  auto const change = fit.change + direction * report.shift;
  if (model.net->config.tied) {
    model.net->lm_head = model.net->embed_tokens.clone();
    model.net->config.tied = false;
  }
  auto row = model.net->lm_head.select(0, *think);
  row.copy_(trained + change);
  report.change = (change.norm() / trained.norm()).item<double>();

  // Measured with the row as stored: bfloat16 rounds it.
  auto const after = all.with(at::mv(all.states, stored()) - runner_up);
  auto const expected = all.with(fit.expected + per_unit * report.shift);
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    auto const rate = [&](threshold_group const& g) { return g.thinks ? 1 - g.error_at(0) : g.error_at(0); };
    report.groups.push_back(
        {kinds[k].name, kinds[k].thinks, kinds[k].prompts.size(), rate(before[k]), rate(after[k]), rate(expected[k])});
  }
  return report;
}

}  // namespace ease::inline v1
