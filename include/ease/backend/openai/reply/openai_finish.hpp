// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the word means by which a server says why a text ended (`finish_reason`). OpenAI's API has five; servers and gateways
// pass on those of other APIs, leave it empty or leave it out.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <ease/core/printable.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ease::inline v1 {

enum class finish_meaning : std::uint8_t {
  end_of_turn,
  stop_string,
  max_tokens,
  context_full,
  filtered,   // a filter took the answer or its end
  no_answer,  // a tool call, an abort: what there is, is no answer
  unknown     // empty, missing, or a word of a server's own
};

inline finish_meaning meaning_of_finish(std::string_view said) {
  using enum finish_meaning;
  std::string word{said.substr(std::min(said.size(), said.rfind('.') + 1))};  // "FinishReason.STOP"
  for (auto& c : word)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  constexpr auto words = std::to_array<std::pair<std::string_view, finish_meaning>>({
      {"stop", end_of_turn},              // OpenAI, vLLM, llama.cpp; Gemini in capitals
      {"end_turn", end_of_turn},          // Anthropic
      {"eos", end_of_turn},               // Together, Fireworks
      {"eos_token", end_of_turn},         // TGI
      {"eos_found", end_of_turn},         //
      {"end_of_turn", end_of_turn},       //
      {"endoftext", end_of_turn},         //
      {"complete", end_of_turn},          // Cohere
      {"completed", end_of_turn},         //
      {"stop_sequence", stop_string},     // Anthropic, TGI
      {"stop_string", stop_string},       //
      {"length", max_tokens},             //
      {"max_tokens", max_tokens},         // Anthropic, Cohere, Gemini
      {"max_output_tokens", max_tokens},  //
      {"max_new_tokens", max_tokens},     //
      {"token_limit", max_tokens},        //
      {"max_length", max_tokens},         //
      {"model_length", context_full},     // Mistral
      {"error_limit", context_full},      // Cohere
      {"context_length_exceeded", context_full},
      {"model_context_window_exceeded", context_full},  // Anthropic
      {"content_filter", filtered},
      {"content_filtered", filtered},  // Bedrock
      {"content-filter", filtered},
      {"guardrail_intervened", filtered},  // Bedrock
      {"safety", filtered},                // Gemini
      {"recitation", filtered},
      {"blocklist", filtered},
      {"prohibited_content", filtered},
      {"spii", filtered},
      {"image_safety", filtered},
      {"sensitive", filtered},    // Zhipu
      {"error_toxic", filtered},  // Cohere
      {"refusal", filtered},      // Anthropic: its classifiers ended the answer
      {"tool_calls", no_answer},
      {"tool_call", no_answer},
      {"tool_use", no_answer},
      {"function_call", no_answer},
      {"malformed_function_call", no_answer},
      {"pause_turn", no_answer},
      {"abort", no_answer},  // vLLM
      {"aborted", no_answer},
      {"cancelled", no_answer},
      {"canceled", no_answer},
      {"error", no_answer},
      {"timeout", no_answer},
      {"network_error", no_answer},                 // Zhipu
      {"insufficient_system_resource", no_answer},  // DeepSeek
  });
  auto const found = std::ranges::find(words, word, &std::pair<std::string_view, finish_meaning>::first);
  return found == words.end() ? unknown : found->second;
}

// For reports and messages: the word, short and printable. Without one it is "(none)", an empty one is "(empty)".
inline std::string name_of_finish(std::optional<std::string> const& said) {
  if (!said) return "(none)";
  auto name = printable(*said, 40);
  return name.empty() ? "(empty)" : name;
}

}  // namespace ease::inline v1
