// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a model wrote: as it is into files and pipes, made safe for a terminal.
#include <unistd.h>

#include <ease/io/json/terminal_text.hpp>
#include <string>

namespace ease::app {

inline std::string for_terminal(std::string const& text) {
  return ::isatty(STDOUT_FILENO) == 1 ? terminal_text(text) : text;
}

}  // namespace ease::app
