#pragma once
// When two prompts are the same: for rows that must not stand twice in a mix, nor in a mix and in the evaluation set.
#include <ease/core/hash.hpp>
#include <string>
#include <string_view>

namespace ease {

// Two prompts with the same key are the same prompt: the same words, whatever the case of ASCII letters and the white space.
inline hash128 prompt_key(std::string_view text) {
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

}  // namespace ease
