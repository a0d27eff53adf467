// SPDX-License-Identifier: Apache-2.0
#pragma once
// Untrusted text (a file's names, a server's error message) for a one-line message.
#include <cstddef>
#include <string>
#include <string_view>

namespace ease::inline v1 {

// At most `limit` bytes of `text` as printable ASCII on one line: runs of white space become one space, other control
// characters and all bytes past ASCII become '?' (a log must not carry terminal escapes or right-to-left marks).
inline std::string printable(std::string_view text, std::size_t limit = 200) {
  std::string out;
  for (char const c : text) {
    if (out.size() >= limit) return out + "...";
    bool const space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (space && (out.empty() || out.back() == ' ')) continue;
    out += space ? ' ' : c > 0x20 && c < 0x7f ? c : '?';
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace ease::inline v1
