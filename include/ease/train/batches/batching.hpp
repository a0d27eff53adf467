// SPDX-License-Identifier: Apache-2.0
#pragma once
// The order of an epoch, and how the rows of a step become micro-batches. `packed`: up to so many tokens a micro-batch, no
// padding, a uniform shuffle. `by_length`: batch_size rows a micro-batch, padded to its longest, as trainers without packing
// do; rows of like length are brought together first, or a third of the work would go into padding. Packing is the faster
// one; the other is there for comparisons with such trainers, and its attention is one dense product a micro-batch.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ease/core/compiled.hpp"
#include "ease/train/batches/dataset.hpp"
#include "ease/train/options/training_options.hpp"

namespace ease {

struct batch_shape {
  batching how{batching::packed};
  std::size_t rows{2};       // of a micro-batch by length
  std::size_t tokens{4096};  // of a packed micro-batch, at most
};

// The order in which epoch `epoch` takes `count` rows, as indices into `training`; windows of `rows_per_step` make the
// steps. By length: 50 steps' rows at a time are sorted, as in transformers' group_by_length, and the steps shuffled again.
std::vector<std::size_t> epoch_order(std::span<training_row const> rows, std::span<std::size_t const> training, batching how,
                                     std::size_t rows_per_step, std::uint64_t seed, std::uint64_t epoch);

// The micro-batches of a rank's rows of one step. The loss is normalised over the whole step, so the cut changes speed and
// memory, not the gradient.
std::vector<std::vector<std::size_t>> micro_batches(std::span<training_row const> rows, std::span<std::size_t const> chosen,
                                                    batch_shape const& shape);

// Tokens that a micro-batch computes beyond those of its rows.
inline std::size_t padding_of(std::span<training_row const> rows, std::span<std::size_t const> micro, batching how) {
  if (how == batching::packed) return 0;
  std::size_t tokens = 0, longest = 0;
  for (auto const row : micro) tokens += rows[row].ids.size(), longest = std::max(longest, rows[row].ids.size());
  return longest * micro.size() - tokens;
}

}  // namespace ease

#ifndef EASE_COMPILED
#include "ease/train/batches/batching.ipp"
#endif
