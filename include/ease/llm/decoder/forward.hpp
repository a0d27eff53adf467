// SPDX-License-Identifier: Apache-2.0
#pragma once
// The forward pass of a decoder, without a cache: attention is a function that the caller passes, so generation, scoring and
// training bring their own. Tokens are packed: no batch axis and no padding. Results agree with transformers
// (tests/llm/decoder/decoder.cpp). The CPU generates by other kernels (llm/network/packed_network.hpp). Non-goals: batching,
// caching (llm/network), optimisation (train/).
#include <ATen/ATen.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/decoder/rope.hpp>
#include <utility>

namespace ease::inline v1 {

// plain + scaling * b (a x), as PEFT rounds it. x [n, in], plain [n, out] -> [n, out].
inline at::Tensor adapted(at::Tensor const& plain, at::Tensor const& x, lora_weights const& added) {
  if (!added.a.defined()) return plain;
  at::Tensor const more = at::linear(at::linear(x.to(at::kFloat), added.a), added.b);
  return plain.add(more, added.scaling).to(plain.scalar_type());
}

// What a block computes with (llm/arch). The readable reference of train/ops/fused_layer.hpp.
struct inference_ops {
  double norm_eps;

  // x [..., width], weight [width]. The mean square is taken in float32 whatever the weights' format (at::rms_norm does so).
  at::Tensor rms_norm(at::Tensor const& x, at::Tensor const& weight) const {
    return at::rms_norm(x, {x.size(-1)}, weight, norm_eps);
  }
  // x [n, in] -> [n, out]
  at::Tensor linear(at::Tensor const& x, linear_weights const& w) const {
    return adapted(at::linear(x, w.weight, w.bias), x, w.adapter);
  }
  // Up to three linear maps of one input.
  template <class... Linear>
  std::array<at::Tensor, sizeof...(Linear)> linears(at::Tensor const& x, Linear const&... w) const {
    return {linear(x, w)...};
  }
  // added + the linear map of x: x [n, in], added [n, out] -> [n, out]
  at::Tensor linear_add(at::Tensor const& x, linear_weights const& w, at::Tensor const& added) const {
    return linear(x, w).add_(added);
  }
  // silu(gate x) * (up x)
  at::Tensor swiglu(at::Tensor const& x, linear_weights const& gate, linear_weights const& up) const {
    return at::silu(linear(x, gate)) * linear(x, up);
  }
  at::Tensor add(at::Tensor const& a, at::Tensor const& b) const { return a + b; }
  at::Tensor scale(at::Tensor const& x, double factor) const { return x * factor; }
  // x [n, any, head_dim]
  at::Tensor rotate(at::Tensor const& x, rotary const& at) const { return ease::rotate(x, at); }
};

template <class Attend>
at::Tensor decoder::hidden(at::Tensor const& ids, at::Tensor const& positions, Attend&& attend) const {
  rotary const at = rotary_at(positions);
  at::Tensor x = embed(ids);
  for (std::size_t i = 0; i < layers.size(); ++i) x = layer(i, std::move(x), at, attend);
  return rms_norm(x, final_norm);
}

inline at::Tensor decoder::embed(at::Tensor const& ids) const {
  at::Tensor x = at::embedding(embed_tokens, ids);
  visit_architecture(config, [&]<class Architecture>(Architecture) {
    x = Architecture::embedded(inference_ops{config.norm_eps}, config, std::move(x));
  });
  return x;
}

template <class Attend>
at::Tensor decoder::layer(std::size_t index, at::Tensor x, rotary const& at, Attend&& attend) const {
  visit_architecture(config, [&]<class Architecture>(Architecture) {
    x = Architecture::block(inference_ops{config.norm_eps}, config, layers[index], index, std::move(x), at, attend);
  });
  return x;
}

inline rotary decoder::rotary_at(at::Tensor const& positions) const {
  at::Tensor const f = frequencies.defined() ? frequencies : rope_frequencies(config).to(positions.device());
  return rotary_of(f, positions, embed_tokens.scalar_type(), rope_attention_factor(config));
}

inline at::Tensor decoder::logits(at::Tensor const& hidden) const { return at::linear(hidden, lm_head); }

inline at::Tensor decoder::rms_norm(at::Tensor const& x, at::Tensor const& weight) const {
  return inference_ops{config.norm_eps}.rms_norm(x, weight);
}

}  // namespace ease::inline v1
