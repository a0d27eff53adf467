// SPDX-License-Identifier: Apache-2.0
#pragma once
// A conversation as chat templates, backends and training read it.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

enum class role : std::uint8_t { system, user, assistant, tool };
constexpr std::string_view name_of(role of) {
  return of == role::system ? "system" : of == role::user ? "user" : of == role::assistant ? "assistant" : "tool";
}

// A call of a tool, behind the text of an assistant's message.
struct tool_call {
  std::string name;
  std::string arguments;  // a JSON object, written as Python's json.dumps writes it (io/json/python_json.hpp)
  std::string id{};       // empty: none
  friend bool operator==(tool_call const&, tool_call const&) = default;
};

struct message {
  ease::role role{ease::role::user};
  std::string
      content;         // an assistant's reasoning stands in front of its answer as parse_answer (record/answer.hpp) reads it
  bool trained{true};  // false: an assistant's message that never counts in the loss, whatever `trained_turns` says
  std::vector<tool_call> calls{};
  std::string call_id{};  // of a tool's message: which call it answers; empty: not said
  friend bool operator==(message const&, message const&) = default;
};
using conversation = std::vector<message>;

inline bool has_tools(conversation const& turns) {
  for (auto const& one : turns)
    if (one.role == role::tool || !one.calls.empty()) return true;
  return false;
}

// What a model is asked with `text` behind the messages of `before` (system messages and earlier turns). Where those end with
// what a tool said, the question stands in front of that already, and `text` repeats it.
inline conversation asked_with(conversation before, std::string text) {
  if (before.empty() || before.back().role != role::tool) before.push_back({role::user, std::move(text)});
  return before;
}

// Which of a conversation's assistant messages count in the loss.
enum class trained_turns : std::uint8_t { all, last, first };
constexpr auto words_of(trained_turns) { return std::array<std::string_view, 3>{"all", "last", "first"}; }

}  // namespace ease::inline v1
