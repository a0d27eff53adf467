// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/json/terminal_text.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>

#include <cstddef>
#include <ease/io/json/json_text.hpp>
#include <ease/io/json/terminal_text.hpp>

namespace ease::inline v1 {

EASE_INLINE std::string terminal_text(std::string_view text, bool one_line) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    auto const u = static_cast<unsigned char>(text[i]);
    auto const length = utf8_length(text, i);
    bool const spacing = !one_line && (u == '\n' || u == '\t');
    bool const c1 = length == 2 && u == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if ((u < 0x20 && !spacing) || u == 0x7F || length == 0)
      out += fmt::format("\\x{:02x}", u);
    else if (c1)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i + 1]));
    else
      out.append(text, i, length);
    i += length == 0 ? 1 : length;
  }
  return out;
}

}  // namespace ease::inline v1
