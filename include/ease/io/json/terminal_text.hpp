// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text that strangers wrote (models, prompts, names in files), made safe for a terminal: control characters are shown as
// \x1b and the like, never obeyed. A terminal would otherwise let a model's answer change its title, its keys or what it
// shows.

#include <ease/core/compiled.hpp>
#include <string>
#include <string_view>

namespace ease::inline v1 {

// Line ends and tabs stay, unless all is to stand on one line. Also taken: DEL, the controls U+0080 to U+009F, and bytes
// that are not UTF-8, which terminals of one byte a character read as those.
std::string terminal_text(std::string_view text, bool one_line = false);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/io/json/terminal_text.ipp>
#endif
