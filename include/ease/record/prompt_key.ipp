// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of record/prompt_key.hpp; core/compiled.hpp says where they are compiled.
#include <ease/record/prompt_key.hpp>

namespace ease::inline v1 {

EASE_INLINE hash128 prompt_key(std::string_view text) {
  thread_local std::string words;  // not made anew for each prompt of a mix
  words.clear();
  bool gap = false;
  for (char const c : text) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      gap = !words.empty();
      continue;
    }
    if (gap) words += ' ';
    gap = false;
    words += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return xxh3_128(words);
}

EASE_INLINE hash128 prompt_key(std::string_view text, std::span<message const> before) {
  if (before.empty()) return prompt_key(text);
  std::string keys;
  for (auto const& one : before) {
    keys.append(name_of(one.role)).append(hex(prompt_key(one.content)));
    for (auto const& call : one.calls) keys.append(hex(xxh3_128(call.name))).append(hex(xxh3_128(call.arguments)));
  }
  return xxh3_128(keys.append(hex(prompt_key(text))));
}

}  // namespace ease::inline v1
