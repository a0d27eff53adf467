// SPDX-License-Identifier: Apache-2.0
#pragma once
// A small random decoder, and generation the slow way: everything is recomputed for each token, row by row, with attention
// written out as products. What the engine and the scorer are checked against.
#include <cmath>
#include <cstdint>
#include <ease/llm/decoder/forward.hpp>
#include <ease/llm/files/random_decoder.hpp>
#include <ease/text/unicode/token.hpp>
#include <vector>

namespace tiny {

inline ease::model_config config(std::int64_t head_dim = 16) {
  return {.architecture = "LlamaForCausalLM",
          .hidden = 48,
          .layers = 3,
          .heads = 6,
          .kv_heads = 2,
          .head_dim = head_dim,
          .intermediate = 80,
          .vocab = 211,
          .context = 160,
          .rope_theta = 10000.0,
          .norm_eps = 1e-5,
          .tied = true,
          .qkv_bias = false,
          .qk_norm = false,
          .rope_scaling = {}};
}

// Weights wide enough that logits differ by several units: greedy texts then do not hang on rounding.
inline ease::decoder model(std::int64_t head_dim = 16, std::uint64_t seed = 7) {
  return ease::random_decoder(config(head_dim), seed, 0.25);
}

// float32 [n, vocabulary]: the logits after each token, from one pass over the whole text.
inline at::Tensor logits(ease::decoder const& net, std::vector<ease::token_id> const& text) {
  std::vector<std::int64_t> const ids(text.begin(), text.end());
  auto const n = static_cast<std::int64_t>(ids.size());
  std::int64_t const group = net.config.heads / net.config.kv_heads;
  at::Tensor const hidden = net.hidden(
      at::tensor(ids, at::kLong), at::arange(n),
      [&](std::size_t, at::Tensor const& q, at::Tensor const& k, at::Tensor const& v) {
        auto const heads_first = [](at::Tensor const& t) { return t.to(at::kDouble).transpose(0, 1); };
        at::Tensor const keys = heads_first(k).repeat_interleave(group, 0),
                         values = heads_first(v).repeat_interleave(group, 0);
        at::Tensor scores = at::matmul(heads_first(q), keys.transpose(1, 2)) / std::sqrt(static_cast<double>(q.size(2)));
        scores = scores.masked_fill(at::ones({n, n}, at::kBool).triu(1), -INFINITY);
        return at::matmul(at::softmax(scores, -1), values).transpose(0, 1).to(q.scalar_type()).contiguous();
      });
  return net.logits(hidden).to(at::kFloat);
}

inline std::vector<ease::token_id> greedy(ease::decoder const& net, std::vector<ease::token_id> text, std::size_t tokens) {
  std::vector<ease::token_id> made;
  for (std::size_t i = 0; i < tokens; ++i) {
    made.push_back(static_cast<ease::token_id>(logits(net, text)[-1].argmax().item<std::int64_t>()));
    text.push_back(made.back());
  }
  return made;
}

// A prompt of `length` tokens that depends on `salt`.
inline std::vector<ease::token_id> prompt(std::size_t length, std::uint32_t salt) {
  std::vector<ease::token_id> ids;
  for (std::size_t i = 0; i < length; ++i) {
    salt = salt * 1664525U + 1013904223U;
    ids.push_back(static_cast<ease::token_id>((salt >> 8) % 200U));
  }
  return ids;
}

}  // namespace tiny
