// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a server's text is an answer: white space is none, nor is a thought alone.
#include <ease/core/generator.hpp>
#include <string_view>
#include <variant>

namespace ease::inline v1::detail {

inline bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

// Whether `text`, behind its prefill, is a thought that was closed and nothing else.
inline bool is_lone_thought(std::string_view text) {
  constexpr std::string_view close = "</think>";
  auto const at = text.find(close);
  return at != text.npos && is_blank(text.substr(at + close.size()));
}

// Whether a request has begun the answer, or a plain text that need not go on: then nothing more is an answer too. A thought
// that is begun is none.
inline bool has_begun(generation_request const& asked) {
  std::string_view const begun = asked.prefill;
  auto const open = begun.rfind("<think>");
  if (open != begun.npos && begun.find("</think>", open) == begun.npos) return false;
  return std::holds_alternative<plain_text>(asked.input) || (!is_blank(begun) && !is_lone_thought(begun));
}

}  // namespace ease::inline v1::detail
