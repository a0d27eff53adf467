// SPDX-License-Identifier: Apache-2.0
#pragma once
// What of a generated text is the answer: the reasoning in front of it is cut away, as lm-eval's think_end_token does.
#include <ease/record/answer.hpp>
#include <ease/text/unicode/strip.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace ease::inline v1 {

// Behind the last </think>, without the white space in front. Nothing if reasoning was opened and never closed.
inline std::optional<std::string> behind_trace(std::string_view text) {
  auto const marks = find_think_marks(text);
  if (marks.opened && !marks.closed()) return std::nullopt;
  auto const last = text.rfind(think_close);
  if (last != text.npos) {
    text.remove_prefix(last + think_close.size());
  } else if (marks.closed()) {
    text.remove_prefix(marks.behind);
  } else {
    return std::string{text};
  }
  std::string const closed = std::string{text} + ".";  // its end is left alone
  std::string cut{stripped(closed)};
  cut.pop_back();
  return cut;
}

}  // namespace ease::inline v1
