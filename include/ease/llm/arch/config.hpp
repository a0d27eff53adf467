// SPDX-License-Identifier: Apache-2.0
#pragma once
// The configuration of a Llama-like decoder. Read from config.json (config_json.hpp) or from GGUF metadata
// (config_gguf.hpp); what an architecture leaves out of those is in arch/*.hpp.
// Non-goals: encoders, mixtures of experts, sliding windows.
#include <cstdint>
#include <optional>
#include <string>

namespace ease::inline v1 {

// Llama 3.1's stretching of the slow rotary frequencies (transformers: rope_type "llama3").
struct llama3_rope_scaling {
  double factor{8.0}, low_freq_factor{1.0}, high_freq_factor{4.0};
  std::int64_t original_context{8192};
  friend bool operator==(llama3_rope_scaling const&, llama3_rope_scaling const&) = default;
};

struct model_config {
  std::string architecture;  // Hugging Face class name, e.g. "LlamaForCausalLM"
  std::int64_t hidden{}, layers{}, heads{}, kv_heads{}, head_dim{}, intermediate{}, vocab{}, context{};
  double rope_theta{10000.0}, norm_eps{1e-6};
  bool tied{}, qkv_bias{}, qk_norm{};
  std::optional<llama3_rope_scaling> rope_scaling{};
  friend bool operator==(model_config const&, model_config const&) = default;
};

}  // namespace ease::inline v1
