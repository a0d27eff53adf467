// SPDX-License-Identifier: Apache-2.0
#pragma once
// Qwen3, dense: Llama with a norm on each head of q and k, and heads of 128 whatever the hidden size.
#include <ease/llm/arch/llama.hpp>

namespace ease::inline v1 {

struct qwen3 : llama {
  static constexpr architecture facts{.hf_class = "Qwen3ForCausalLM",
                                      .model_type = "qwen3",
                                      .gguf_name = "qwen3",
                                      .qk_norm = true,
                                      .head_dim = 128,
                                      .context = 32768};
};

}  // namespace ease::inline v1
