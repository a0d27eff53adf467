// SPDX-License-Identifier: Apache-2.0
#pragma once
// Llama 2 and 3, SmolLM2, R1-distill-Llama, Llama-Guard-3.
#include "ease/llm/arch/architecture.hpp"

namespace ease {

inline constexpr architecture llama_architecture{.hf_class = "LlamaForCausalLM",
                                                 .model_type = "llama",
                                                 .gguf_name = "llama",
                                                 .gguf_pairs_rows = true,
                                                 .gguf_tensor = llama_gguf_tensor};

}  // namespace ease
