// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a chat model is shown what it judges: as data between lines that stand nowhere in it. Text inside that imitates a
// verdict, or such a line, is still only part of the question.
#include <algorithm>
#include <cstddef>
#include <ease/guard/guard.hpp>
#include <ease/record/asked_about.hpp>
#include <string>
#include <string_view>

namespace ease::inline v1 {

// A line of `sign` that stands nowhere in the judged texts: neither can end its own part, or begin another.
inline std::string fence_for(judge_request const& r, char sign) {
  std::size_t length = 10;
  auto const look_at = [&](std::string_view text) {
    std::size_t run = 0;
    for (char const c : text) {
      run = c == sign ? run + 1 : 0;
      length = std::max(length, run + 1);
    }
  };
  look_at(r.prompt), look_at(r.answer);
  for (auto const& one : r.before) look_at(one.content);
  return std::string(length, sign);
}

// The conversation between two lines of equals signs, the answer last.
inline std::string fenced_conversation(judge_request const& r) {
  auto const outer = fence_for(r, '='), inner = fence_for(r, '-');
  std::string text = outer + "\n" + quoted_turns(r.before, inner) + "USER:\n";
  text += r.prompt;
  text += "\n" + inner + "\nASSISTANT:\n";
  text += r.answer;
  text += "\n" + outer;
  return text;
}

}  // namespace ease::inline v1
