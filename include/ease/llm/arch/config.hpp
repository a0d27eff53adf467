// SPDX-License-Identifier: Apache-2.0
#pragma once
// The configuration of a Llama-like decoder. Read from config.json (config_json.hpp) or from GGUF metadata
// (config_gguf.hpp); what an architecture leaves out of those is in arch/*.hpp.
// Non-goals: encoders, mixtures of experts, sliding windows.
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace ease::inline v1 {

// Llama 3.1's stretching of the slow rotary frequencies (transformers: rope_type "llama3").
struct llama3_rope_scaling {
  double factor{8.0}, low_freq_factor{1.0}, high_freq_factor{4.0};
  std::int64_t original_context{8192};
  friend bool operator==(llama3_rope_scaling const&, llama3_rope_scaling const&) = default;
};

// Positions divided by `factor` (rope_type "linear").
struct linear_rope_scaling {
  double factor{1.0};
  friend bool operator==(linear_rope_scaling const&, linear_rope_scaling const&) = default;
};

// NTK-aware scaling that begins behind the context (rope_type "dynamic"). Positions below it, the only ones there are here,
// have the plain frequencies.
struct dynamic_rope_scaling {
  double factor{1.0};
  friend bool operator==(dynamic_rope_scaling const&, dynamic_rope_scaling const&) = default;
};

// YaRN (Peng et al. 2023, rope_type "yarn"): fast frequencies stay, slow ones are divided by `factor`, with a ramp between
// those that turn beta_fast and beta_slow times in the original context. cos and sin are multiplied by attention_factor.
struct yarn_rope_scaling {
  double factor{1.0};
  std::int64_t original_context{2048};
  double attention_factor{1.0};
  double beta_fast{32.0}, beta_slow{1.0};
  bool truncate{true};  // the ramp's ends are whole numbers
  friend bool operator==(yarn_rope_scaling const&, yarn_rope_scaling const&) = default;
};

using any_rope_scaling = std::variant<llama3_rope_scaling, linear_rope_scaling, dynamic_rope_scaling, yarn_rope_scaling>;

struct model_config {
  std::string architecture;  // Hugging Face class name, e.g. "LlamaForCausalLM"
  std::int64_t hidden{}, layers{}, heads{}, kv_heads{}, head_dim{}, intermediate{}, vocab{}, context{};
  double rope_theta{10000.0}, norm_eps{1e-6};
  bool tied{}, qkv_bias{}, qk_norm{};
  std::optional<any_rope_scaling> rope_scaling{};
  friend bool operator==(model_config const&, model_config const&) = default;
};

}  // namespace ease::inline v1
