// SPDX-License-Identifier: Apache-2.0
#pragma once
// Qwen2 and Qwen2.5, R1-distill-Qwen: Llama with biases on q, k and v.
#include <ease/llm/arch/llama.hpp>

namespace ease::inline v1 {

struct qwen2 : llama {
  static constexpr architecture facts{
      .hf_class = "Qwen2ForCausalLM", .model_type = "qwen2", .gguf_name = "qwen2", .qkv_bias = true, .context = 32768};
};

}  // namespace ease::inline v1
