// SPDX-License-Identifier: Apache-2.0
#pragma once
// What tells one decoder of the Llama family from another, beyond the numbers its files state. A new architecture is a file
// beside this one that fills in the struct, and its line in all.hpp.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace ease {

struct architecture {
  std::string_view hf_class;    // config.json: architectures[0]
  std::string_view model_type;  // config.json: model_type
  std::string_view gguf_name;   // GGUF: general.architecture
  bool qkv_bias{false};         // q, k and v projections have biases
  bool qk_norm{false};          // an RMS norm over each head of q and k, before the rotation
  bool gguf_pairs_rows{false};  // GGUF files have the rows of q and k in rotary pairs (0, d/2, 1, d/2 + 1, ...)
  std::int64_t head_dim{0};     // where config.json is silent; 0: hidden / heads
  std::int64_t context{2048};   // where config.json is silent
  std::string (*gguf_tensor)(std::string_view hf_tensor){nullptr};  // a tensor's name in GGUF files
};

// llama.cpp's names, shared by the whole family. "" for a name that is not a parameter's.
inline std::string llama_gguf_tensor(std::string_view name) {
  if (name == "model.embed_tokens.weight") return "token_embd.weight";
  if (name == "model.norm.weight") return "output_norm.weight";
  if (name == "lm_head.weight") return "output.weight";
  constexpr std::string_view layers{"model.layers."};
  if (!name.starts_with(layers)) return {};
  name.remove_prefix(layers.size());
  auto const dot = name.find('.');
  std::string const block = "blk." + std::string{name.substr(0, dot)} + '.';
  name.remove_prefix(dot + 1);
  using pair = std::pair<std::string_view, std::string_view>;
  constexpr std::array all{pair{"self_attn.q_proj", "attn_q"},          pair{"self_attn.k_proj", "attn_k"},
                           pair{"self_attn.v_proj", "attn_v"},          pair{"self_attn.o_proj", "attn_output"},
                           pair{"self_attn.q_norm", "attn_q_norm"},     pair{"self_attn.k_norm", "attn_k_norm"},
                           pair{"mlp.gate_proj", "ffn_gate"},           pair{"mlp.up_proj", "ffn_up"},
                           pair{"mlp.down_proj", "ffn_down"},           pair{"input_layernorm", "attn_norm"},
                           pair{"post_attention_layernorm", "ffn_norm"}};
  for (auto const& [theirs, gguf] : all)
    if (name.starts_with(theirs)) return block + std::string{gguf} + std::string{name.substr(theirs.size())};
  return {};
}

}  // namespace ease
