// SPDX-License-Identifier: Apache-2.0
#pragma once
// Shards the rows of one optimiser step over the ranks: longest first, each to the rank with the fewest tokens so far, so
// that no rank waits long for another. The loss is normalised over the whole step: sharding changes speed, not the gradient.
#include <algorithm>
#include <cstddef>
#include <ease/train/batches/dataset.hpp>
#include <span>
#include <vector>

namespace ease::inline v1 {

// The rows of each rank, as indices into `rows`, in the order in which `step_rows` names them.
inline std::vector<std::vector<std::size_t>> shard_by_length(std::span<tokenized_example const> rows,
                                                             std::span<std::size_t const> step_rows, std::size_t ranks) {
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

}  // namespace ease::inline v1
