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

enum class role : std::uint8_t { system, user, assistant };
constexpr std::string_view name_of(role of) {
  return of == role::system ? "system" : of == role::user ? "user" : "assistant";
}

struct message {
  ease::role role{ease::role::user};
  std::string
      content;         // an assistant's reasoning stands in front of its answer as parse_answer (record/answer.hpp) reads it
  bool trained{true};  // false: an assistant's message that never counts in the loss, whatever `trained_turns` says
  friend bool operator==(message const&, message const&) = default;
};
using conversation = std::vector<message>;

// What a model is asked with `text` behind the messages of `before` (system messages and earlier turns).
inline conversation asked_with(conversation before, std::string text) {
  before.push_back({role::user, std::move(text)});
  return before;
}

// Which of a conversation's assistant messages count in the loss.
enum class trained_turns : std::uint8_t { all, last, first };
constexpr auto words_of(trained_turns) { return std::array<std::string_view, 3>{"all", "last", "first"}; }

}  // namespace ease::inline v1
