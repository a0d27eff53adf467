// SPDX-License-Identifier: Apache-2.0
#pragma once
// A conversation of several user turns: which of them is the prompt.
#include <array>
#include <cstdint>
#include <string_view>

namespace ease::inline v1 {

enum class several_turns : std::uint8_t {
  refuse,  // none: the row is a bad row
  first,   // the first user turn and the answer to it; what comes later is left out
  last,    // the last user turn and the answer to it, all before it being the row's history (default)
};
constexpr auto words_of(several_turns) { return std::array<std::string_view, 3>{"refuse", "first", "last"}; }

}  // namespace ease::inline v1
