// SPDX-License-Identifier: Apache-2.0
#pragma once
// The forward pass of a decoder, free of any cache: attention is a function passed in, so generation, scoring and training
// bring their own. In inference on the CPU a token's numbers do not depend on the tokens beside it
// (tests/llm/generate/row_independence.cpp). Tokens are packed: no batch axis and no padding. Numbers agree with
// transformers (tests/llm/decoder/decoder.cpp). Non-goals: batching, caching (llm engine), optimisation (train/).
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "ease/llm/decoder/decoder.hpp"
#include "ease/llm/decoder/gated.hpp"
#include "ease/llm/decoder/rope.hpp"

namespace ease {

namespace detail {

// x: [n, in], w: [out, in] -> [n, out]. Products on the CPU take another path, which adds in another order, for the rows
// left over from blocks of four (float32) and for a single one (bfloat16). Rows come in fours here, so that none depends on
// how many are beside it.
inline at::Tensor product(at::Tensor const& x, at::Tensor const& w, at::Tensor const& bias = {}) {
  std::int64_t const n = x.size(0), more = (4 - n % 4) % 4;
  if (more == 0 || !c10::InferenceMode::is_enabled() || !x.is_cpu()) return at::linear(x, w, bias);
  at::Tensor rows = at::empty({n + more, x.size(1)}, x.options());
  rows.narrow(0, 0, n).copy_(x);
  rows.narrow(0, n, more).zero_();
  return at::linear(rows, w, bias).narrow(0, 0, n);
}

inline at::Tensor gated_units(at::Tensor const& gate, at::Tensor const& up) {
  bool const ours = c10::InferenceMode::is_enabled() && gate.is_cpu() &&
                    (gate.scalar_type() == at::kFloat || gate.scalar_type() == at::kBFloat16);
  return ours ? gated(gate, up) : at::silu(gate) * up;
}

}  // namespace detail

// plain + scale * up (down x), as PEFT rounds it. x [n, in], plain [n, out] -> [n, out].
inline at::Tensor adapted(at::Tensor const& plain, at::Tensor const& x, low_rank const& added) {
  if (!added.down.defined()) return plain;
  at::Tensor const more = at::linear(at::linear(x.to(at::kFloat), added.down), added.up);
  return plain.add(more, added.scale).to(plain.scalar_type());
}
// weight x + bias and what is added to it.
inline at::Tensor project(at::Tensor const& x, at::Tensor const& weight, at::Tensor const& bias, low_rank const& added) {
  return adapted(detail::product(x, weight, bias), x, added);
}

template <class Attend>
at::Tensor decoder::hidden(at::Tensor const& ids, at::Tensor const& positions, Attend&& attend) const {
  rotary const at = rotary_at(positions);
  at::Tensor x = embed(ids);
  for (std::size_t i = 0; i < layers.size(); ++i) x = layer(i, std::move(x), at, attend);
  return rms_norm(x, final_norm);
}

inline at::Tensor decoder::embed(at::Tensor const& ids) const { return at::embedding(embed_tokens, ids); }

template <class Attend>
at::Tensor decoder::layer(std::size_t index, at::Tensor x, rotary const& at, Attend&& attend) const {
  decoder_layer const& w = layers[index];
  std::int64_t const n = x.size(0);
  at::Tensor const normed = rms_norm(x, w.input_norm);
  at::Tensor q = project(normed, w.q_proj, w.q_bias, w.adapters.q).view({n, config.heads, config.head_dim});
  at::Tensor k = project(normed, w.k_proj, w.k_bias, w.adapters.k).view({n, config.kv_heads, config.head_dim});
  at::Tensor const v = project(normed, w.v_proj, w.v_bias, w.adapters.v).view({n, config.kv_heads, config.head_dim});
  if (w.q_norm.defined()) q = rms_norm(q, w.q_norm), k = rms_norm(k, w.k_norm);
  at::Tensor const mixed = attend(index, rotate(q, at), rotate(k, at), v);
  x = project(mixed.reshape({n, config.heads * config.head_dim}), w.o_proj, {}, w.adapters.o).add_(x);
  at::Tensor const inner = rms_norm(x, w.post_norm);
  at::Tensor const gated =
      detail::gated_units(project(inner, w.gate_proj, {}, w.adapters.gate), project(inner, w.up_proj, {}, w.adapters.up));
  return project(gated, w.down_proj, {}, w.adapters.down).add_(x);
}

inline rotary decoder::rotary_at(at::Tensor const& positions) const {
  at::Tensor const f = frequencies.defined() ? frequencies : rope_frequencies(config).to(positions.device());
  return rotary_of(f, positions, embed_tokens.scalar_type());
}

inline at::Tensor decoder::logits(at::Tensor const& hidden) const { return detail::product(hidden, lm_head); }

inline at::Tensor decoder::rms_norm(at::Tensor const& x, at::Tensor const& weight) const {
  return at::rms_norm(x, {x.size(-1)}, weight, config.norm_eps);
}

}  // namespace ease
