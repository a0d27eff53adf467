// SPDX-License-Identifier: Apache-2.0
#pragma once
// Removes from a server's error message what must not be logged: the key and the prompt. No sockets.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace ease::inline v1 {

// Replaces everything of at least `run` bytes in `text` that also occurs in `hidden` by `placeholder`; a `hidden` shorter
// than `run` is replaced as a whole. Servers quote the request in their errors, often only a part of it: hence parts.
inline std::string redact(std::string_view text, std::string_view hidden, std::size_t run, std::string_view placeholder) {
  run = std::min(run, hidden.size());
  if (run == 0 || text.size() < run) return std::string{text};
  std::unordered_set<std::string_view> pieces;
  for (std::size_t i = 0; i + run <= text.size(); ++i) pieces.insert(text.substr(i, run));
  std::unordered_set<std::string_view> shared;
  for (std::size_t i = 0; i + run <= hidden.size(); ++i)
    if (auto const found = pieces.find(hidden.substr(i, run)); found != pieces.end()) shared.insert(*found);
  std::vector<bool> drop(text.size(), false);
  for (std::size_t i = 0; i + run <= text.size(); ++i)
    if (shared.contains(text.substr(i, run))) std::fill_n(drop.begin() + static_cast<std::ptrdiff_t>(i), run, true);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!drop[i])
      out += text[i];
    else if (i == 0 || !drop[i - 1])
      out += placeholder;
  }
  return out;
}

}  // namespace ease::inline v1
