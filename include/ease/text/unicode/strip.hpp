// SPDX-License-Identifier: Apache-2.0
#pragma once
// White space at the ends of a text, as Python and the chat templates written for it see it.
#include <cstddef>
#include <ease/text/unicode/unicode.hpp>
#include <string_view>

namespace ease::inline v1 {

// Python's str.strip, which is what a template's `trim` does.
inline std::string_view stripped(std::string_view text) {
  auto const space = [](char32_t c) { return class_of(c) == char_class::space || (c >= 0x1C && c <= 0x1F); };
  while (!text.empty()) {
    auto const part = utf8_part_at(text, 0);
    if (!part.valid || !space(code_point_at(text, 0).value)) break;
    text.remove_prefix(part.bytes);
  }
  while (!text.empty()) {
    std::size_t at = text.size() - 1;
    while (at > 0 && text.size() - at < 4 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) --at;
    auto const part = utf8_part_at(text, at);
    if (!part.valid || at + part.bytes != text.size() || !space(code_point_at(text, at).value)) break;
    text.remove_suffix(part.bytes);
  }
  return text;
}

}  // namespace ease::inline v1
