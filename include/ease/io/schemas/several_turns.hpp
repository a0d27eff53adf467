// SPDX-License-Identifier: Apache-2.0
#pragma once
// A conversation of several user turns has no single prompt. What becomes of it is the caller's choice, never a silent one.
#include <array>
#include <cstdint>
#include <string_view>

namespace ease::inline v1 {

enum class several_turns : std::uint8_t {
  refuse,  // the row is a bad row (default)
  first,   // the first user turn and the answer to it
  last,    // the last user turn and the answer to it, without what went before
};
constexpr auto words_of(several_turns) { return std::array<std::string_view, 3>{"refuse", "first", "last"}; }

}  // namespace ease::inline v1
