// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of policy/category.hpp; core/compiled.hpp says where they are compiled.
#include <ease/policy/category.hpp>

namespace ease::inline v1 {

EASE_INLINE std::optional<category> category_from(std::string_view label) {
  auto const fold = [](std::string_view s) {
    std::string out;
    for (char c : s)
      if (std::isalnum(static_cast<unsigned char>(c)) != 0)
        out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
  };
  auto const first_word = [](std::string_view s) { return s.substr(0, s.find_first_of("/ ")); };
  auto const wanted = fold(label);
  if (wanted.empty()) return std::nullopt;
  for (auto c : all_categories) {
    if (wanted == fold(name_of(c)) || wanted == fold(title_of(c)) || wanted == fold(first_word(title_of(c)))) return c;
  }
  return std::nullopt;
}

}  // namespace ease::inline v1
