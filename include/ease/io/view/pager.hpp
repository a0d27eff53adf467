// SPDX-License-Identifier: Apache-2.0
#pragma once
// Standard output by way of a pager, as git and man have it: $PAGER, or `less` where it is installed. Output that is no terminal
// goes straight on. A person who leaves the pager early ends the output, not the program.
#include <cstdio>
#include <ease/core/compiled.hpp>
#include <string_view>

namespace ease::inline v1 {

class pager {
 public:
  // `wanted`: by this output too, if it is a terminal.
  explicit pager(bool wanted);
  pager(pager const&) = delete;
  pager& operator=(pager const&) = delete;
  // Waits until the person leaves.
  ~pager();

  // False once nobody reads any more. Throws ease::error if standard output cannot be written.
  bool write(std::string_view text);

 private:
  std::FILE* to_{stdout};
  bool piped_{false}, open_{true};
};

// Columns of the terminal that standard output is; `otherwise` if it is none, or does not say.
std::size_t terminal_width(std::size_t otherwise);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/io/view/pager.ipp>
#endif
