// SPDX-License-Identifier: Apache-2.0
#pragma once
// How far two judges agree beyond what their own rates alone would bring about: Cohen's kappa (Cohen 1960),
// (observed - expected) / (1 - expected). 1 is full agreement, 0 what chance gives, below 0 less than that.
#include <cstddef>
#include <ease/core/error.hpp>
#include <optional>
#include <span>
#include <vector>

namespace ease::inline v1 {

// `counts`: row by row, counts[i * categories + j] of what the first judge put into category i and the second into j. nullopt
// if nothing was judged, or if both put everything into the same one category: chance alone then agrees always. Throws
// ease::error if the table is not square.
inline std::optional<double> cohens_kappa(std::span<std::size_t const> counts, std::size_t categories) {
  if (categories == 0 || counts.size() != categories * categories)
    throw error{"Cohen's kappa needs a square table: {} counts are not {} times {}", counts.size(), categories, categories};
  std::vector<double> first(categories), second(categories);
  double all = 0, same = 0;
  for (std::size_t i = 0; i < categories; ++i)
    for (std::size_t j = 0; j < categories; ++j) {
      auto const n = static_cast<double>(counts[i * categories + j]);
      all += n, first[i] += n, second[j] += n;
      if (i == j) same += n;
    }
  if (all == 0) return std::nullopt;
  double by_chance = 0;
  for (std::size_t i = 0; i < categories; ++i) by_chance += first[i] / all * (second[i] / all);
  if (by_chance >= 1) return std::nullopt;
  return (same / all - by_chance) / (1 - by_chance);
}

}  // namespace ease::inline v1
