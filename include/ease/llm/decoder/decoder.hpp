// SPDX-License-Identifier: Apache-2.0
#pragma once
// A decoder-only transformer as plain tensors. Its layers are those of its architecture (llm/arch); what computes with them
// is in llm/decoder/forward.hpp.
#include <ATen/core/Tensor.h>
#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <ease/llm/arch/all.hpp>
#include <ease/llm/arch/config.hpp>
#include <ease/llm/arch/layer.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

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

  // The mean square is taken in float32 whatever the weights' dtype (at::rms_norm does so).
  at::Tensor rms_norm(at::Tensor const& x, at::Tensor const& weight) const;

  // Names of Hugging Face checkpoints; a tied weight comes once, as model.embed_tokens.weight.
  std::vector<std::pair<std::string, at::Tensor>> named_parameters() const {
    std::vector<std::pair<std::string, at::Tensor>> all;
    each_parameter(*this, [&](parameter const& p, at::Tensor const& t) { all.emplace_back(p.name, t); });
    return all;
  }

  // Calls f(parameter, tensor member) for each parameter the configuration has, defined or not: how loaders fill a decoder.
  template <class Self, class F>
  static void each_parameter(Self& self, F&& f) {
    model_config const& c = self.config;
    f(parameter{"model.embed_tokens.weight", "token_embd.weight", {c.vocab, c.hidden}}, self.embed_tokens);
    visit_architecture(c, [&]<class Architecture>(Architecture) {
      for (std::size_t i = 0; i < self.layers.size(); ++i) {
        auto& w = self.layers[i];
        auto const hf = fmt::format("model.layers.{}.", i), gguf = fmt::format("blk.{}.", i);
        auto const named = [&](auto const& shape, std::string_view kind) {
          return parameter{
              fmt::format("{}{}.{}", hf, shape.name, kind), fmt::format("{}{}.{}", gguf, shape.gguf_name, kind), {}};
        };
        Architecture::each_linear(c, w, [&](linear_shape const& shape, auto& linear) {
          auto weight = named(shape, "weight");
          weight.shape = {shape.out, shape.in}, weight.rotary = shape.rotary;
          f(std::as_const(weight), linear.weight);
          if (!shape.bias) return;
          auto bias = named(shape, "bias");
          bias.shape = {shape.out};
          f(std::as_const(bias), linear.bias);
        });
        Architecture::each_norm(c, w, [&](norm_shape const& shape, auto& weight) {
          auto norm = named(shape, "weight");
          norm.shape = {shape.size}, norm.norm = true;
          f(std::as_const(norm), weight);
        });
      }
    });
    f(parameter{"model.norm.weight", "output_norm.weight", {c.hidden}, false, true}, self.final_norm);
    if (!c.tied) f(parameter{"lm_head.weight", "output.weight", {c.vocab, c.hidden}}, self.lm_head);
  }

  // Calls f(name without ".weight", shape, linear_weights) for each matrix of each layer: those that may have adapters.
  template <class Self, class F>
  static void each_linear(Self& self, F&& f) {
    visit_architecture(self.config, [&]<class Architecture>(Architecture) {
      for (std::size_t i = 0; i < self.layers.size(); ++i)
        Architecture::each_linear(self.config, self.layers[i], [&](linear_shape const& shape, auto& linear) {
          f(fmt::format("model.layers.{}.{}", i, shape.name), shape, linear);
        });
    });
  }
};

}  // namespace ease::inline v1
