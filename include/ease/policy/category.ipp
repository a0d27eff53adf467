// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of policy/category.hpp; core/compiled.hpp says where they are compiled.
#include <ease/policy/category.hpp>

namespace ease::inline v1 {

namespace detail::label_words {

// One spelling for "Criminal Behaviours" and "criminal-behavior": the letters of its words, each in the singular, American.
// "and" and "&" between them are left out, as is a title's '/'.
inline std::string folded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::string word;
    for (; i < text.size() && std::isalnum(static_cast<unsigned char>(text[i])) != 0; ++i)
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(text[i])));
    if (word.empty()) {
      ++i;
      continue;
    }
    if (word.ends_with("ies") && word.size() > 5)
      word.replace(word.size() - 3, 3, "y");
    else if (word.ends_with('s') && !word.ends_with("ss") && word.size() > 3)
      word.pop_back();
    if (word.ends_with("iour")) word.erase(word.size() - 2, 1);
    if (word != "and") out += word;
  }
  return out;
}

// Whether `wanted` is one part of a title or several neighbours: "hate", "harassmenthate", "physicalharm".
inline bool is_part_of(std::string_view title, std::string_view wanted) {
  for (std::size_t first = 0; first <= title.size();) {
    for (auto stop = title.find('/', first);; stop = title.find('/', stop + 1)) {
      if (folded(title.substr(first, stop == title.npos ? stop : stop - first)) == wanted) return true;
      if (stop == title.npos) break;
    }
    auto const next = title.find('/', first);
    if (next == title.npos) break;
    first = next + 1;
  }
  return false;
}

}  // namespace detail::label_words

EASE_INLINE std::optional<category> category_from(std::string_view label) {
  using namespace detail::label_words;
  auto const wanted = folded(label);
  if (wanted.empty()) return std::nullopt;
  for (auto c : all_categories) {
    auto const title = title_of(c);
    if (wanted == folded(name_of(c)) || wanted == folded(title.substr(0, title.find_first_of("/ "))) ||
        is_part_of(title, wanted))
      return c;
  }
  return std::nullopt;
}

}  // namespace ease::inline v1
