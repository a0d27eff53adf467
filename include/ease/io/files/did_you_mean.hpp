// SPDX-License-Identifier: Apache-2.0
#pragma once
// The word somebody meant who mistyped it.
#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

// How many letters must be added, left out or exchanged to make one word of the other; two that changed places count two.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      auto const above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row.back();
}

// The first of the nearest words, at most two letters away; else empty.
inline std::string nearest_word(std::string_view said, std::vector<std::string> const& words) {
  std::size_t best = 3;
  std::string meant;
  for (auto const& word : words)
    if (auto const distance = edit_distance(said, word); distance < best && distance < word.size())
      best = distance, meant = word;
  return meant;
}

// "; did you mean diagnose?" for the nearest word; else empty.
inline std::string did_you_mean(std::string_view said, std::vector<std::string> const& words) {
  auto const meant = nearest_word(said, words);
  return meant.empty() ? std::string{} : "; did you mean " + meant + "?";
}

}  // namespace ease::inline v1
