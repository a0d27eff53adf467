// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a message holds, or one piece of a streamed message: text, a thought, a refusal, a tool call. Content is a text or a
// list of parts; a thought stands in a part, or beside the content under one of several names.
#include <cstddef>
#include <ease/backend/openai/reply/openai_json.hpp>
#include <ease/core/printable.hpp>
#include <ease/record/row_words.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace ease::inline v1 {

// The parts of an answer, whether it was streamed or not.
struct reply_parts {
  std::optional<std::string> content{}, thought{};  // the thought is what a server keeps apart from the answer
  std::optional<std::string> why{};                 // finish_reason
  bool by_string{false};                            // a stop string ended it, and the server says so
  bool tool_call{false};                            // the message calls a tool or a function
  std::string foreign{};                            // a part that is neither text nor thought: its type
  token_count used{};
};

namespace detail {

inline void append(std::optional<std::string>& to, std::string_view text) { to = to.value_or(std::string{}).append(text); }

// The text of a text, of {"text": ...} or {"value": ...}, or of a list of those; nothing else is text.
inline std::optional<std::string> plain_part(std::optional<json_element> from, int depth = 0) {
  if (!from || depth > 4) return std::nullopt;
  if (auto const text = text_of_element(from)) return std::string{*text};
  std::optional<std::string> all;
  if (auto const list = array_of_element(from)) {
    for (auto const each : *list)
      if (auto const text = plain_part(each, depth + 1)) append(all, *text);
    return all;
  }
  for (auto const* key : {"text", "value", "thinking", "reasoning", "content", "summary"})
    if (auto const text = plain_part(member(*from, key), depth + 1)) return text;
  return std::nullopt;
}

// One part of a list, or the whole content where that is an object.
inline void add_part(reply_parts& to, json_element part) {
  if (auto const text = text_of_element(part)) return append(to.content, *text);
  auto const type = text_member(part, "type").value_or("");
  auto const ends_as = [&](std::string_view word) { return type == word || type == "output_" + std::string{word}; };
  auto const add = [&](std::optional<std::string>& into, std::initializer_list<char const*> keys) {
    for (auto const* key : keys)
      if (auto const text = plain_part(member(part, key))) return append(into, *text);
  };
  if (type == "thinking" || type == "reasoning" || type == "reasoning_content" || type.starts_with("reasoning."))
    return add(to.thought, {"thinking", "reasoning", "reasoning_content", "text", "content", "summary"});
  if (type == "refusal") return add(to.content, {"refusal", "text"});
  if (ends_as("text") || type == "text_delta" || (type.empty() && member(part, "text"))) return add(to.content, {"text"});
  if (type == "redacted_thinking" || type == "reference") return;  // holds no text of the answer
  if (type == "tool_use" || type == "tool_call" || type == "function_call") {
    to.tool_call = true;
    return;
  }
  if (to.foreign.empty()) to.foreign = type.empty() ? "(none)" : printable(type, 40);
}

inline void add_thought(reply_parts& to, json_element message) {
  for (auto const* key : reasoning_names)
    if (auto const text = plain_part(member(message, key)); text && !text->empty()) return append(to.thought, *text);
  if (auto const details = array_member(message, reasoning_list)) {
    std::optional<std::string> text;
    for (auto const each : *details)
      for (auto const* key : reasoning_pieces)
        if (auto const piece = text_member(each, key)) append(text, *piece);
    if (text && !text->empty()) append(to.thought, *text);
  }
}

}  // namespace detail

// Adds a message, or one delta of a stream.
inline void add_message(reply_parts& to, detail::json_element message) {
  using namespace detail;
  auto const thought_so_far = to.thought ? to.thought->size() : 0;
  add_thought(to, message);
  auto const content = member(message, "content");
  auto const before = to.content ? to.content->size() : 0;
  if (auto const text = text_of_element(content)) {
    append(to.content, *text);
  } else if (auto const list = array_of_element(content)) {
    // A thought that stands beside the content too is the same one.
    reply_parts parts;
    for (auto const each : *list) add_part(parts, each);
    if (parts.content) append(to.content, *parts.content);
    if (parts.thought && (to.thought ? to.thought->size() : 0) == thought_so_far) append(to.thought, *parts.thought);
    to.tool_call = to.tool_call || parts.tool_call;
    if (to.foreign.empty()) to.foreign = parts.foreign;
  } else if (content && content->is_object()) {
    add_part(to, *content);
  }
  if ((to.content ? to.content->size() : 0) == before)
    if (auto const refused = text_member(message, "refusal")) append(to.content, *refused);
  auto const calls = array_member(message, "tool_calls");
  if ((calls && calls->size() > 0) || member(message, "function_call")) to.tool_call = true;
}

}  // namespace ease::inline v1
