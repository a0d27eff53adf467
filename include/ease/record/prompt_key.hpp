#pragma once
// When two prompts are the same: for rows that must not stand twice in a mix, nor in a mix and in the evaluation set.
#include <cctype>
#include <ease/core/hash.hpp>
#include <string>
#include <string_view>

namespace ease {

// Two prompts with the same key are the same prompt: the same words, whatever the case of ASCII letters and the white space.
inline hash128 prompt_key(std::string_view text) {
  std::string words;
  words.reserve(text.size());
  for (char c : text) {
    auto const u = static_cast<unsigned char>(c);
    if (std::isspace(u) == 0)
      words += static_cast<char>(std::tolower(u));
    else if (!words.empty() && words.back() != ' ')
      words += ' ';
  }
  if (!words.empty() && words.back() == ' ') words.pop_back();
  xxh3_stream hash;
  hash.add(words);
  return hash.value();
}

}  // namespace ease
