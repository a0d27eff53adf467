#pragma once
// The decoder-only transformer of the Llama family (pre-norm, rotary, grouped-query attention, SwiGLU) as plain tensors and
// free of any cache: attention is a function passed in, so generation, scoring and training bring their own.
// In inference on the CPU a token's numbers do not depend on the tokens beside it (tests/llm/row_independence.cpp).
// Tokens are packed: no batch axis and no padding. Numbers agree with transformers (tests/llm/decoder.cpp).
// Non-goals: batching, caching (llm engine), optimisation (train/).
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ease/io/error.hpp"
#include "ease/llm/config.hpp"
#include "ease/llm/gated.hpp"
#include "ease/llm/rope.hpp"

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

// A low-rank addition to a weight matrix (LoRA, Hu et al. 2021); undefined tensors: none. float32, whatever the weights are.
struct low_rank {
  at::Tensor down{}, up{};  // [rank, in], [out, rank]
  double scale{1};
};

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

  // ids, positions: int64 [n] -> [n, hidden] after the final norm.
  // attend(layer index, q [n, heads, head_dim], k [n, kv_heads, head_dim], v [n, kv_heads, head_dim]) -> [n, heads,
  // head_dim]; q and k come rotated.
  template <class Attend>
  at::Tensor hidden(at::Tensor const& ids, at::Tensor const& positions, Attend&& attend) const {
    rotary const at = rotary_at(positions);
    at::Tensor x = embed(ids);
    for (std::size_t i = 0; i < layers.size(); ++i) x = layer(i, std::move(x), at, attend);
    return rms_norm(x, final_norm);
  }

  // ids: int64 [n] -> [n, hidden].
  at::Tensor embed(at::Tensor const& ids) const { return at::embedding(embed_tokens, ids); }

  // One layer, x: [n, hidden] -> [n, hidden]; on its own for gradient checkpointing.
  template <class Attend>
  at::Tensor layer(std::size_t index, at::Tensor x, rotary const& at, Attend&& attend) const {
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

  rotary rotary_at(at::Tensor const& positions) const {
    at::Tensor const f = frequencies.defined() ? frequencies : rope_frequencies(config).to(positions.device());
    return rotary_of(f, positions, embed_tokens.scalar_type());
  }

  // hidden: [n, hidden] -> [n, vocab].
  at::Tensor logits(at::Tensor const& hidden) const { return detail::product(hidden, lm_head); }

  // The mean square is taken in float32 whatever the weights' format (at::rms_norm does so).
  at::Tensor rms_norm(at::Tensor const& x, at::Tensor const& weight) const {
    return at::rms_norm(x, {x.size(-1)}, weight, config.norm_eps);
  }

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

  // Grows the vocabulary to `rows`; new rows start at the mean of the old ones (the caller breaks the ties between them) and
  // a tied head stays tied. The parameters are new tensors: call it before an optimiser has taken hold of them.
  void resize_vocabulary(std::int64_t rows) {
    if (rows < config.vocab)
      throw error{"cannot shrink the vocabulary from {} to {} rows: token ids would lose their meaning", config.vocab, rows};
    if (rows == config.vocab) return;
    c10::NoGradGuard const no_gradient;
    auto const grown = [&](at::Tensor const& old) {
      at::Tensor const mean = old.to(at::kFloat).mean(0, true).to(old.scalar_type());
      at::Tensor wide = at::cat({old.detach(), mean.expand({rows - old.size(0), old.size(1)})}, 0);
      return wide.set_requires_grad(old.requires_grad());
    };
    embed_tokens = grown(embed_tokens);
    lm_head = config.tied ? embed_tokens : grown(lm_head);
    config.vocab = rows;
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
