// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of train/batches/batching.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <ease/train/batches/batching.hpp>

namespace ease::inline v1 {

EASE_INLINE std::vector<std::size_t> epoch_order(std::span<tokenized_example const> rows,
                                                 std::span<std::size_t const> training, batching how,
                                                 std::size_t rows_per_step, std::uint64_t seed, std::uint64_t epoch) {
  auto order = shuffled(training.size(), seed, epoch);
  if (how == batching::packed) return order;
  auto const length = [&](std::size_t i) { return rows[training[i]].ids.size(); };
  auto const stretch = 50 * rows_per_step;
  for (std::size_t start = 0; start < order.size(); start += stretch) {
    auto const first = order.begin() + static_cast<std::ptrdiff_t>(start);
    auto const last = order.begin() + static_cast<std::ptrdiff_t>(std::min(order.size(), start + stretch));
    std::stable_sort(first, last, [&](auto a, auto b) { return length(a) > length(b); });
  }
  // Whole windows change places; one of fewer rows stays the last.
  auto const windows = order.size() / rows_per_step;
  std::vector<std::size_t> mixed;
  mixed.reserve(order.size());
  for (auto const window : shuffled(windows, ~seed, epoch))
    for (std::size_t i = 0; i < rows_per_step; ++i) mixed.push_back(order[window * rows_per_step + i]);
  mixed.insert(mixed.end(), order.begin() + static_cast<std::ptrdiff_t>(mixed.size()), order.end());
  return mixed;
}

EASE_INLINE std::vector<std::vector<std::size_t>> micro_batches(std::span<tokenized_example const> rows,
                                                                std::span<std::size_t const> chosen,
                                                                batch_shape const& shape) {
  if (shape.how == batching::packed) return pack(rows, chosen, shape.tokens);
  std::vector<std::size_t> sorted(chosen.begin(), chosen.end());
  std::stable_sort(sorted.begin(), sorted.end(), [&](auto a, auto b) { return rows[a].ids.size() > rows[b].ids.size(); });
  std::vector<std::vector<std::size_t>> batches;
  for (std::size_t start = 0; start < sorted.size(); start += shape.rows) {
    auto const first = sorted.begin() + static_cast<std::ptrdiff_t>(start);
    batches.emplace_back(first, first + static_cast<std::ptrdiff_t>(std::min(shape.rows, sorted.size() - start)));
  }
  return batches;
}

}  // namespace ease::inline v1
