// SPDX-License-Identifier: Apache-2.0
#pragma once
// Adds `<think>` and `</think>` as tokens to a model that has none. They use unused rows of the embedding where there are
// two (Qwen2.5 has 271, so nothing is resized); otherwise the matrix grows to a multiple of 64 rows. Their initial values
// decide whether a short training reaches them. From the mean of all rows SmolLM2 puts `<think>` 16 logits below its most
// likely first token, and 44 steps learn the decision without ever crossing the threshold; from the mean of the rows that
// answers begin with the gap is 1 to 4. The two tokens start from different anchors, each with its own small noise: from
// equal rows a small model never tells opening from closing.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include <array>
#include <cstdint>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/model.hpp>
#include <ease/llm/resize_vocabulary.hpp>
#include <ease/record/answer.hpp>
#include <span>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

namespace detail {

// The rows of those texts that are one token each; of all rows in use if none is.
inline at::Tensor anchor_rows(at::Tensor const& weight, tokenizer const& tok, std::int64_t used,
                              std::span<std::string_view const> texts) {
  std::vector<std::int64_t> ids;
  for (auto const text : texts)
    if (auto const tokens = tok.encode(text); tokens.size() == 1) ids.push_back(tokens.front());
  auto const known = weight.slice(0, 0, used);
  return (ids.empty() ? known : known.index_select(0, at::tensor(ids, at::kLong).to(weight.device()))).to(at::kFloat);
}

// Row := mean of the anchors + a tenth of the standard deviation of all rows in use, dimension by dimension, times normal
// noise.
inline void start_row(at::Tensor const& weight, at::Tensor const& anchors, std::int64_t used, std::int64_t row,
                      std::uint64_t seed) {
  auto const spread = weight.slice(0, 0, used).to(at::kFloat).std(0, /*unbiased=*/false);
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  auto const noise = at::randn({weight.size(1)}, generator, at::TensorOptions{}.dtype(at::kFloat)).to(weight.device());
  weight.select(0, row).copy_(anchors.mean(0) + 0.1 * spread * noise);
}

}  // namespace detail

// Does nothing where both are tokens already. A model without weights gets the tokens alone. The chat template is
// constructed again, so that it writes their ids.
inline void add_think_tokens(language_model& model, std::uint64_t seed = 42) {
  constexpr std::array added{think_open, think_close};
  static constexpr std::array<std::string_view, 5> openings{"The", "I", "To", "Here", "A"};  // what an answer begins with
  static constexpr std::array<std::string_view, 3> closings{"\n\n", "\n", "---"};  // what separates one text from the next
  std::array<std::span<std::string_view const>, 2> const anchors{openings, closings};
  auto const there = [&](std::string_view text) { return model.tokenizer.id_of(text).has_value(); };
  if (there(added[0]) && there(added[1])) return;

  c10::NoGradGuard const no_gradient;
  auto const used = static_cast<std::int64_t>(model.tokenizer.size());
  auto const needed = used + static_cast<std::int64_t>(added.size());
  bool const weights = model.net->embed_tokens.defined();
  if (needed > model.net->config.vocab) {
    auto const rows = (needed + 63) / 64 * 64;
    weights ? resize_vocabulary(*model.net, rows) : void(model.net->config.vocab = rows);
  }
  for (std::size_t i = 0; i < added.size(); ++i) {
    if (there(added[i])) continue;
    auto const row = static_cast<std::int64_t>(model.tokenizer.add_token(added[i], false));
    if (!weights) continue;
    auto const start = [&](at::Tensor const& weight) {
      detail::start_row(weight, detail::anchor_rows(weight, model.tokenizer, used, anchors[i]), used, row, seed + i);
    };
    start(model.net->embed_tokens);
    if (!model.net->config.tied) start(model.net->lm_head);
  }
  if (model.chat) model.chat = model.chat->with(model.tokenizer);
}

}  // namespace ease::inline v1
