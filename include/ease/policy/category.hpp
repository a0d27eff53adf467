// SPDX-License-Identifier: Apache-2.0
#pragma once
// The eight safety categories of STAR-1 (and of the paper, section on data), plus `benign`; a row carries a set of them. A
// label outside the set is `std::nullopt` at the parser, never a default category.
#include <array>
#include <cctype>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace ease::inline v1 {

enum class category : std::uint8_t {
  harassment,
  sexual,
  violence,
  self_harm,
  illicit,
  misinformation,
  privacy,
  intellectual_property,
  benign,
};
inline constexpr std::size_t category_count = 9;

inline constexpr std::array<category, category_count> all_categories{
    category::harassment, category::sexual,         category::violence, category::self_harm,
    category::illicit,    category::misinformation, category::privacy,  category::intellectual_property,
    category::benign};

// The name written to files. Short, one word or underscored: it is also what a classifier is asked to say.
constexpr std::string_view name_of(category c) {
  constexpr std::array<std::string_view, category_count> names{
      "harassment", "sexual", "violence", "self_harm", "illicit", "misinformation", "privacy", "intellectual_property",
      "benign"};
  return names[static_cast<std::size_t>(c)];
}

// The label as STAR-1 and the published classifier spell it.
constexpr std::string_view title_of(category c) {
  constexpr std::array<std::string_view, category_count> titles{"Harassment/Hate/Discrimination",
                                                                "Sexual/Adult",
                                                                "Violence/Physical Harm",
                                                                "Self-Harm",
                                                                "Illicit/Criminal Behavior",
                                                                "Misinformation/Disinformation",
                                                                "Privacy/Personal Data",
                                                                "Intellectual Property",
                                                                "Benign"};
  return titles[static_cast<std::size_t>(c)];
}

// Reads a label: our name, STAR-1's title, one part of it or several ("hate", "physical harm"), or the first word of either,
// whatever the case, in singular or plural, British or American. Unknown text is nullopt.
std::optional<category> category_from(std::string_view label);

// A set of categories; small enough to pass by value. Iterates in the order of the enum.
class category_set {
 public:
  constexpr category_set() = default;
  constexpr category_set(std::initializer_list<category> members) {
    for (auto c : members) insert(c);
  }
  constexpr void insert(category c) { bits_ = static_cast<std::uint16_t>(bits_ | bit(c)); }
  constexpr void erase(category c) { bits_ = static_cast<std::uint16_t>(bits_ & ~bit(c)); }
  constexpr bool contains(category c) const { return (bits_ & bit(c)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::size_t size() const { return static_cast<std::size_t>(__builtin_popcount(bits_)); }
  constexpr void each(auto&& visit) const {
    for (auto c : all_categories)
      if (contains(c)) visit(c);
  }
  friend constexpr bool operator==(category_set, category_set) = default;

 private:
  static constexpr unsigned bit(category c) { return 1U << static_cast<unsigned>(c); }
  std::uint16_t bits_{0};
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/policy/category.ipp>
#endif
