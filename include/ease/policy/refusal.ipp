// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of policy/refusal.hpp; core/compiled.hpp says where they are compiled.
#include <ease/policy/refusal.hpp>

namespace ease::inline v1 {

EASE_INLINE bool is_refusal(std::string_view said) {
  std::string start;
  start.reserve(refusal_window);
  for (std::size_t i = 0; i < said.size() && start.size() < refusal_window; ++i) {
    if (said.substr(i, 3) == "\xE2\x80\x99") {  // U+2019, the typographic apostrophe
      start += '\'';
      i += 2;
    } else {
      start += static_cast<char>(std::tolower(static_cast<unsigned char>(said[i])));
    }
  }
  for (auto phrase : refusal_phrases)
    if (start.find(phrase) != std::string::npos) return true;
  return false;
}

}  // namespace ease::inline v1
