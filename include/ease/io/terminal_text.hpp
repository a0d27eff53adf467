#pragma once
// Text that strangers wrote (models, prompts, names in files), made safe for a terminal: control characters are shown as
// \x1b and the like, never obeyed. A terminal would otherwise let a model's answer change its title, its keys or what it
// shows.
#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "ease/io/json_text.hpp"

namespace ease {

// Line ends and tabs stay, unless all is to stand on one line. Also taken: DEL, the controls U+0080 to U+009F, and bytes
// that are not UTF-8, which terminals of one byte a character read as those.
inline std::string terminal_text(std::string_view text, bool one_line = false) {
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

}  // namespace ease
