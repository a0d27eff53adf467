// SPDX-License-Identifier: Apache-2.0
#pragma once
// SmolLM2-Instruct (HuggingFaceTB): ChatML with its own system turn, no full stop at its end.
#include <ease/text/chat/family.hpp>

namespace ease::inline v1 {

struct smollm2_chat : detail::chatml {
  static constexpr std::string_view name = "smollm2";
  static constexpr std::string_view default_system = "You are a helpful AI assistant named SmolLM, trained by Hugging Face";

  static bool wrote(std::string_view jinja) {
    return detail::contains(jinja, "<|im_start|>") && detail::contains(jinja, std::string{default_system} + "<|im_end|>");
  }
  smollm2_chat(tokenizer const& tok, chat_options const&) : chatml{tok, name, std::string{default_system}} {}
  std::string identity() const { return std::string{name}; }
};

}  // namespace ease::inline v1
