// SPDX-License-Identifier: Apache-2.0
#pragma once
// The architectures there are. Adding one: its file beside this one, and its name in the list.
#include <algorithm>
#include <array>
#include <ease/core/error.hpp>
#include <ease/llm/arch/llama.hpp>
#include <ease/llm/arch/qwen2.hpp>
#include <ease/llm/arch/qwen3.hpp>
#include <string>
#include <string_view>
#include <tuple>

namespace ease::inline v1 {

using architecture_list = std::tuple<llama, qwen2, qwen3>;

inline constexpr auto architectures =
    std::apply([]<class... A>(A...) { return std::array{A::facts...}; }, architecture_list{});

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

// visit(architecture type) of the one that the configuration names. Throws ease::error if there is none.
template <class Visit>
void visit_architecture(model_config const& c, Visit&& visit) {
  bool const found =
      std::apply([&]<class... A>(A... one) { return ((c.architecture == A::facts.hf_class && (visit(one), true)) || ...); },
                 architecture_list{});
  if (!found)
    throw error{"architecture '{}' is not supported; supported: {}", c.architecture,
                supported_architectures(&architecture::hf_class)};
}

}  // namespace ease::inline v1
