// SPDX-License-Identifier: Apache-2.0
#pragma once
// Names out of strangers' files, fit for a one-line message: control characters and bytes outside ASCII are shown as '?',
// and long ones are cut.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace ease {

inline std::string printable(std::string_view text, std::size_t most = 200) {
  std::string out{text.substr(0, most)};
  std::ranges::replace_if(
      out, [](char c) { return c < ' ' || c > '~'; }, '?');
  if (text.size() > most) out += "...";
  return out;
}

}  // namespace ease
