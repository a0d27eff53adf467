// SPDX-License-Identifier: Apache-2.0
#pragma once
// The architectures there are. Adding one: its file beside this one, and its line below.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "ease/llm/arch/llama.hpp"
#include "ease/llm/arch/qwen2.hpp"
#include "ease/llm/arch/qwen3.hpp"

namespace ease {

inline constexpr std::array architectures{
    llama_architecture,
    qwen2_architecture,
    qwen3_architecture,
};

// The architecture whose `field` (e.g. &architecture::hf_class) is `name`; null if there is none.
constexpr architecture const* find_architecture(std::string_view architecture::*field, std::string_view name) {
  auto const at = std::ranges::find(architectures, name, field);
  return at == architectures.end() ? nullptr : &*at;
}

// "LlamaForCausalLM, ..." for messages.
inline std::string supported_architectures(std::string_view architecture::*field) {
  std::string all;
  for (architecture const& a : architectures) (all += all.empty() ? "" : ", ") += a.*field;
  return all;
}

}  // namespace ease
