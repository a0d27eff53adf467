// SPDX-License-Identifier: Apache-2.0
#pragma once
// Qwen2.5-Instruct: ChatML with its own system turn. Lists of tools are not supported, their calls and results are.
#include <ease/text/chat/family.hpp>

namespace ease::inline v1 {

struct qwen2_5_chat : detail::chatml {
  static constexpr std::string_view name = "qwen2_5";
  static constexpr std::string_view default_system = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.";

  static bool wrote(std::string_view jinja) {
    return detail::contains(jinja, "<|im_start|>") && detail::contains(jinja, std::string{default_system} + "<|im_end|>");
  }
  qwen2_5_chat(tokenizer const& tok, chat_options const&) : chatml{tok, name, std::string{default_system}} {}
  static bool writes_tools(bool) { return true; }
  std::string identity() const { return std::string{name}; }
};

}  // namespace ease::inline v1
