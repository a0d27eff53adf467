// SPDX-License-Identifier: Apache-2.0
#pragma once
// Qwen2 and Qwen2.5, R1-distill-Qwen: Llama with biases on q, k and v.
#include "ease/llm/arch/architecture.hpp"

namespace ease {

inline constexpr architecture qwen2_architecture{.hf_class = "Qwen2ForCausalLM",
                                                 .model_type = "qwen2",
                                                 .gguf_name = "qwen2",
                                                 .qkv_bias = true,
                                                 .context = 32768,
                                                 .gguf_tensor = llama_gguf_tensor};

}  // namespace ease
