// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rows of one optimiser step, dealt to the ranks: longest first, each to the rank with the fewest tokens so far, so that
// no rank waits long for another. The loss is normalised over the whole step: the deal changes speed, not the gradient.
#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "ease/train/batches/dataset.hpp"

namespace ease {

// The rows of each rank, as indices into `rows`, in the order in which `step_rows` names them.
inline std::vector<std::vector<std::size_t>> deal(std::span<training_row const> rows, std::span<std::size_t const> step_rows,
                                                  std::size_t ranks) {
  std::vector<std::size_t> longest_first(step_rows.size());
  for (std::size_t place = 0; place < step_rows.size(); ++place) longest_first[place] = place;
  auto const length = [&](std::size_t place) { return rows[step_rows[place]].ids.size(); };
  std::stable_sort(longest_first.begin(), longest_first.end(), [&](auto a, auto b) { return length(a) > length(b); });
  std::vector<std::size_t> tokens(ranks);
  std::vector<std::vector<std::size_t>> places(ranks);
  for (auto const place : longest_first) {
    auto const rank = static_cast<std::size_t>(std::min_element(tokens.begin(), tokens.end()) - tokens.begin());
    tokens[rank] += length(place);
    places[rank].push_back(place);
  }
  for (auto& mine : places) {
    std::sort(mine.begin(), mine.end());
    for (auto& place : mine) place = step_rows[place];
  }
  return places;
}

}  // namespace ease
