#pragma once
// The order of an epoch, and how the rows of a step become micro-batches. `packed`: up to so many tokens a micro-batch, no
// padding, a uniform shuffle. `by_length`: batch_size rows a micro-batch, padded to its longest, as trainers without packing
// do; rows of like length are brought together first, or a third of the work would go into padding. Packing is the faster
// one; the other is there for comparisons with such trainers, and its attention is one dense product a micro-batch.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ease/train/dataset.hpp"
#include "ease/train/training_options.hpp"

namespace ease {

struct batch_shape {
  batching how{batching::packed};
  std::size_t rows{2};       // of a micro-batch by length
  std::size_t tokens{4096};  // of a packed micro-batch, at most
};

// The order in which epoch `epoch` takes `count` rows, as indices into `training`; windows of `rows_per_step` make the
// steps. By length: 50 steps' rows at a time are sorted, as in transformers' group_by_length, and the steps shuffled again.
inline std::vector<std::size_t> epoch_order(std::span<training_row const> rows, std::span<std::size_t const> training,
                                            batching how, std::size_t rows_per_step, std::uint64_t seed,
                                            std::uint64_t epoch) {
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

// The micro-batches of a rank's rows of one step. The loss is normalised over the whole step, so the cut changes speed and
// memory, not the gradient.
inline std::vector<std::vector<std::size_t>> micro_batches(std::span<training_row const> rows,
                                                           std::span<std::size_t const> chosen, batch_shape const& shape) {
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

// Tokens that a micro-batch computes beyond those of its rows.
inline std::size_t padding_of(std::span<training_row const> rows, std::span<std::size_t const> micro, batching how) {
  if (how == batching::packed) return 0;
  std::size_t tokens = 0, longest = 0;
  for (auto const row : micro) tokens += rows[row].ids.size(), longest = std::max(longest, rows[row].ids.size());
  return longest * micro.size() - tokens;
}

}  // namespace ease
