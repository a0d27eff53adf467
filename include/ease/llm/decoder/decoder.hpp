// SPDX-License-Identifier: Apache-2.0
#pragma once
// The decoder-only transformer of the Llama family (pre-norm, rotary, grouped-query attention, SwiGLU) as plain tensors.
// What computes with them is in llm/decoder/forward.hpp.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ease/llm/decoder/config.hpp"

namespace ease {

struct rotary;

// A low-rank addition to a weight matrix (LoRA, Hu et al. 2021); undefined tensors: none. float32, whatever the weights are.
struct low_rank {
  at::Tensor down{}, up{};  // [rank, in], [out, rank]
  double scale{1};
};

// Weights are [out, in] as in Hugging Face checkpoints; what an architecture lacks (biases, q/k norms) is an undefined
// tensor.
struct decoder_layer {
  at::Tensor input_norm, q_proj, k_proj, v_proj, o_proj, q_bias, k_bias, v_bias, q_norm, k_norm;
  at::Tensor post_norm, gate_proj, up_proj, down_proj;
  struct {
    low_rank q, k, v, o, gate, up, down;
  } adapters{};
};

struct decoder {
  model_config config;
  at::Tensor embed_tokens;  // [vocab, hidden]
  at::Tensor final_norm;    // [hidden]
  at::Tensor lm_head;       // [vocab, hidden]; the very tensor embed_tokens when tied
  std::vector<decoder_layer> layers;
  at::Tensor frequencies{};  // float32 [head_dim / 2], on the weights' device; undefined: computed from config at each use

  // The forward pass, in llm/decoder/forward.hpp. ids, positions: int64 [n] -> [n, hidden] after the final norm.
  // attend(layer index, q [n, heads, head_dim], k [n, kv_heads, head_dim], v [n, kv_heads, head_dim]) -> [n, heads,
  // head_dim]; q and k come rotated.
  template <class Attend>
  at::Tensor hidden(at::Tensor const& ids, at::Tensor const& positions, Attend&& attend) const;

  // ids: int64 [n] -> [n, hidden].
  at::Tensor embed(at::Tensor const& ids) const;

  // One layer, x: [n, hidden] -> [n, hidden]; on its own for gradient checkpointing.
  template <class Attend>
  at::Tensor layer(std::size_t index, at::Tensor x, rotary const& at, Attend&& attend) const;

  rotary rotary_at(at::Tensor const& positions) const;

  // hidden: [n, hidden] -> [n, vocab].
  at::Tensor logits(at::Tensor const& hidden) const;

  // The mean square is taken in float32 whatever the weights' format (at::rms_norm does so).
  at::Tensor rms_norm(at::Tensor const& x, at::Tensor const& weight) const;

  // Names of Hugging Face checkpoints, in their order; a tied weight comes once, as model.embed_tokens.weight.
  std::vector<std::pair<std::string, at::Tensor>> named_parameters() const {
    std::vector<std::pair<std::string, at::Tensor>> all;
    each_parameter(*this, [&](std::string name, at::Tensor const& t) { all.emplace_back(std::move(name), t); });
    return all;
  }

  // Calls f(name, tensor member) for each parameter the configuration has, defined or not: how loaders fill a decoder.
  template <class Self, class F>
  static void each_parameter(Self& self, F&& f) {
    model_config const& c = self.config;
    f(std::string{"model.embed_tokens.weight"}, self.embed_tokens);
    for (std::size_t i = 0; i < self.layers.size(); ++i) {
      auto& w = self.layers[i];
      std::string const at = "model.layers." + std::to_string(i) + '.';
      f(at + "self_attn.q_proj.weight", w.q_proj);
      f(at + "self_attn.k_proj.weight", w.k_proj);
      f(at + "self_attn.v_proj.weight", w.v_proj);
      f(at + "self_attn.o_proj.weight", w.o_proj);
      if (c.qkv_bias) {
        f(at + "self_attn.q_proj.bias", w.q_bias);
        f(at + "self_attn.k_proj.bias", w.k_bias);
        f(at + "self_attn.v_proj.bias", w.v_bias);
      }
      if (c.qk_norm) {
        f(at + "self_attn.q_norm.weight", w.q_norm);
        f(at + "self_attn.k_norm.weight", w.k_norm);
      }
      f(at + "mlp.gate_proj.weight", w.gate_proj);
      f(at + "mlp.up_proj.weight", w.up_proj);
      f(at + "mlp.down_proj.weight", w.down_proj);
      f(at + "input_layernorm.weight", w.input_norm);
      f(at + "post_attention_layernorm.weight", w.post_norm);
    }
    f(std::string{"model.norm.weight"}, self.final_norm);
    if (!c.tied) f(std::string{"lm_head.weight"}, self.lm_head);
  }
};

// What each parameter's shape must be, by the configuration; an empty vector for a name that is not a parameter's.
inline std::vector<std::int64_t> parameter_shape(model_config const& c, std::string_view name) {
  auto const ends = [&](std::string_view tail) { return name.ends_with(tail); };
  std::int64_t const queries = c.heads * c.head_dim, keys = c.kv_heads * c.head_dim;
  if (ends("embed_tokens.weight") || ends("lm_head.weight")) return {c.vocab, c.hidden};
  if (ends("q_proj.weight")) return {queries, c.hidden};
  if (ends("k_proj.weight") || ends("v_proj.weight")) return {keys, c.hidden};
  if (ends("o_proj.weight")) return {c.hidden, queries};
  if (ends("q_proj.bias")) return {queries};
  if (ends("k_proj.bias") || ends("v_proj.bias")) return {keys};
  if (ends("q_norm.weight") || ends("k_norm.weight")) return {c.head_dim};
  if (ends("gate_proj.weight") || ends("up_proj.weight")) return {c.intermediate, c.hidden};
  if (ends("down_proj.weight")) return {c.hidden, c.intermediate};
  if (ends("layernorm.weight") || ends("model.norm.weight")) return {c.hidden};
  return {};
}

}  // namespace ease
