// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a model's chat template has a place for messages of tools, row by row: a row that it has none for is a bad row, told
// with file and line, and not the end of a training.
#include <ease/core/conversation.hpp>
#include <ease/core/error.hpp>
#include <ease/llm/model.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace ease::inline v1 {

// Why messages that end where the model answers cannot be trained, for read_options::why_no_tools; empty: they can. `chat`: the
// family that was named, if one was. The model's files are read for the first row that is asked about, without weights.
inline std::function<std::string(conversation const&)> tools_of(std::string model, std::string chat) {
  return [model = std::move(model), chat = std::move(chat),
          opened = std::make_shared<std::optional<language_model>>()](conversation const& before) -> std::string {
    if (!*opened) opened->emplace(load_model(model, std::nullopt, precision::float32, chat));
    if (!(*opened)->chat) return "tool_calls and function_call need a chat template: " + (*opened)->why_no_chat;
    try {
      (void)(*opened)->chat->prompt(before);
    } catch (error const& problem) {
      return std::string{"tool_calls, function_call and what tools said cannot be written for this model: "} +
             problem.what();
    }
    return {};
  };
}

}  // namespace ease::inline v1
