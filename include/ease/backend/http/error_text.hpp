// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text from outside (a server's error message, libcurl's) made fit for a log line: one line, no control characters, short,
// and without the parts that must not be repeated (the key, the prompt). Core layer: no sockets.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace ease {

// At most `limit` bytes of `text` as printable ASCII on one line: runs of white space become one space, other control
// characters and all bytes past ASCII become '?' (a log must not carry terminal escapes or right-to-left marks).
inline std::string one_line(std::string_view text, std::size_t limit = 300) {
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

// `text` with everything of at least `run` bytes that also stands in `hidden` replaced by `mark`; a `hidden` shorter than
// `run` is replaced as a whole. Servers quote the request in their errors, often only a piece of it: hence pieces, not the
// whole.
inline std::string without(std::string_view text, std::string_view hidden, std::size_t run, std::string_view mark) {
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
      out += mark;
  }
  return out;
}

}  // namespace ease
