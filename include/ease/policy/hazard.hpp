// SPDX-License-Identifier: Apache-2.0
#pragma once
// Llama-Guard-3's hazard codes (MLCommons taxonomy, S1 to S14; model card) and what they mean in the eight categories: an
// offline stand-in for the classifier. S6 (specialised advice) has no counterpart and maps to nothing.
#include <array>
#include <cstddef>
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

// What a guard generated, read strictly: `safe`, or `unsafe` and a line of codes. nullopt if it is neither; a list with an
// unknown code is read as far as it is known.
struct guard_words {
  bool unsafe{false};
  std::vector<std::string> hazards{};
};
inline std::optional<guard_words> read_guard_words(std::string_view text) {
  auto const trim = [](std::string_view s) {
    auto const first = s.find_first_not_of(" \t\r\n");
    return first == std::string_view::npos ? std::string_view{} : s.substr(first, s.find_last_not_of(" \t\r\n") - first + 1);
  };
  text = trim(text);
  auto const word = trim(text.substr(0, text.find('\n')));
  if (word == "safe") return guard_words{};
  if (word != "unsafe") return std::nullopt;
  guard_words words{.unsafe = true};
  auto rest = text.find('\n') == std::string_view::npos ? std::string_view{} : text.substr(text.find('\n') + 1);
  rest = rest.substr(0, rest.find('\n'));
  while (!rest.empty()) {
    auto const comma = rest.find(',');
    auto const code = trim(rest.substr(0, comma));
    if (hazard_number(code)) words.hazards.emplace_back(code);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
  }
  return words;
}

}  // namespace ease::inline v1
