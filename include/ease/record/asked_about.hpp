// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a model is asked about a row: the messages in front of its prompt (the field `history`), then the prompt. A system text
// that a command or a stage was given stands in front of rows that have no system message of their own.
#include <cstddef>
#include <ease/core/conversation.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace ease::inline v1 {

inline bool has_system(std::span<message const> before) { return !before.empty() && before.front().role == role::system; }

// The turns without the system message: what a question is, whoever is told to answer it.
inline std::span<message const> without_system(std::span<message const> before) {
  return has_system(before) ? before.subspan(1) : before;
}

// `system`: empty: none.
inline conversation asked_about(std::string_view system, std::span<message const> before, std::string text) {
  conversation turns;
  turns.reserve(before.size() + 2);
  if (!system.empty() && !has_system(before)) turns.push_back({role::system, std::string{system}});
  turns.insert(turns.end(), before.begin(), before.end());
  return asked_with(std::move(turns), std::move(text));
}

// The note of a stage in which `rows` rows kept the system message they bring, though one was given; empty if none did.
inline std::string kept_systems(std::size_t rows) {
  if (rows == 0) return {};
  return std::to_string(rows) + " rows were asked with the system message they bring, not with the one given";
}

// The messages in words, for a question about them: `SYSTEM:`, a line end, the text, a line end and `fence`, another line end.
// A call of a tool is a line of its own behind the text: `CALL name arguments`.
inline std::string quoted_turns(std::span<message const> before, std::string_view fence) {
  std::string out;
  for (auto const& one : before) {
    out.append(one.role == role::system      ? "SYSTEM:\n"
               : one.role == role::user      ? "USER:\n"
               : one.role == role::assistant ? "ASSISTANT:\n"
                                             : "TOOL:\n");
    out.append(one.content).append("\n");
    for (auto const& call : one.calls) out.append("CALL ").append(call.name).append(" ").append(call.arguments).append("\n");
    out.append(fence).append("\n");
  }
  return out;
}

}  // namespace ease::inline v1
