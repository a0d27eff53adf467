// SPDX-License-Identifier: Apache-2.0
#pragma once
// The shape of SmolLM2-135M, for measuring with random weights: speed does not depend on what they are.
#include <ease/llm/arch/config.hpp>

inline ease::model_config smollm2_135m() {
  return {.architecture = "LlamaForCausalLM",
          .hidden = 576,
          .layers = 30,
          .heads = 9,
          .kv_heads = 3,
          .head_dim = 64,
          .intermediate = 1536,
          .vocab = 49152,
          .context = 8192,
          .rope_theta = 1e5,
          .norm_eps = 1e-5,
          .tied = true};
}
