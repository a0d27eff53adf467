// SPDX-License-Identifier: Apache-2.0
#pragma once
// Llama-Guard-3's hazard codes (MLCommons taxonomy, S1 to S14; model card) and what they mean in the eight categories: an
// offline stand-in for the classifier. S6 (specialised advice) has no counterpart and maps to nothing.
#include <array>
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/policy/category.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

inline constexpr std::size_t hazard_count = 14;

// "S1".."S14" -> 1..14; anything else is nullopt.
constexpr std::optional<std::size_t> hazard_number(std::string_view code) {
  if (code.size() < 2 || code.size() > 3 || code.front() != 'S' || code[1] == '0') return std::nullopt;
  std::size_t number = 0;
  for (char c : code.substr(1)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::size_t>(c - '0');
  }
  if (number == 0 || number > hazard_count) return std::nullopt;
  return number;
}

constexpr category_set categories_of_hazard(std::size_t number) {
  using enum category;
  switch (number) {
    case 1:
    case 9:
      return {violence};
    case 2:
    case 14:
      return {illicit};
    case 3:
    case 4:
    case 12:
      return {sexual};
    case 5:
      return {harassment, misinformation};
    case 7:
      return {privacy};
    case 8:
      return {intellectual_property};
    case 10:
      return {harassment};
    case 11:
      return {self_harm};
    case 13:
      return {misinformation};
    default:
      return {};
  }
}

inline category_set categories_of_hazards(std::vector<std::string> const& codes) {
  category_set all;
  for (auto const& code : codes)
    if (auto const number = hazard_number(code)) categories_of_hazard(*number).each([&](category c) { all.insert(c); });
  return all;
}

// What a guard generated: `safe`, or `unsafe` and codes behind it or on the next line; in any case, with punctuation or emphasis,
// in a Markdown fence, behind a heading ("Verdict: unsafe") or as an object ({"verdict": "unsafe", "categories": ["S1"]}).
// nullopt if it is neither or both ("not safe", a `safe` with codes); a list with an unknown code is read as far as it is known.
struct guard_words {
  bool unsafe{false};
  std::vector<std::string> hazards{};
};
std::optional<guard_words> read_guard_words(std::string_view text);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/policy/hazard.ipp>
#endif
