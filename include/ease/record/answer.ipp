// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of record/answer.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <ease/record/answer.hpp>

namespace ease::inline v1 {

namespace detail {

// The length of `</word>` or `<word>` at the beginning of the text, in any case; 0 if it does not stand there.
inline std::size_t mark_length(std::string_view text, std::string_view word, bool closing) {
  std::size_t const front = closing ? 2 : 1;
  if (text.size() < front + word.size() + 1 || text[0] != '<' || (closing && text[1] != '/')) return 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    char const c = text[front + i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != word[i]) return 0;
  }
  return text[front + word.size()] == '>' ? front + word.size() + 1 : 0;
}

inline constexpr std::string_view think_words[]{"think", "thinking", "thought", "reasoning"};

}  // namespace detail

EASE_INLINE think_marks find_think_marks(std::string_view text) {
  think_marks out;
  std::string_view opened;
  auto at = std::min(text.find_first_not_of(" \t\r\n\f\v"), text.size());
  for (auto const word : detail::think_words)
    if (auto const length = detail::mark_length(text.substr(at), word, false); length > 0)
      out.opened = true, out.inside = at + length, opened = word;
  for (at = text.find('<', out.inside); at != std::string_view::npos; at = text.find('<', at + 1)) {
    for (auto const word : detail::think_words) {
      bool const closes = opened.empty() ? word.starts_with("think") : word == opened;
      if (auto const length = closes ? detail::mark_length(text.substr(at), word, true) : 0; length > 0) {
        out.close = at, out.behind = at + length;
        return out;
      }
      if (!out.opened && out.late_open == std::string_view::npos && detail::mark_length(text.substr(at), word, false) > 0)
        out.late_open = at;
    }
  }
  return out;
}

EASE_INLINE answer parse_answer(std::string_view generated, bool complete) {
  auto const text = detail::trim(generated);
  auto const marks = find_think_marks(text);
  if (!complete || (marks.opened && !marks.closed())) return truncated{std::string{text}};
  if (!marks.closed()) return direct{std::string{text}};
  return reasoned{std::string{detail::trim(text.substr(marks.inside, marks.close - marks.inside))},
                  std::string{detail::trim(text.substr(marks.behind))}};
}

}  // namespace ease::inline v1
