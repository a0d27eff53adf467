// SPDX-License-Identifier: Apache-2.0
#pragma once
// The order of an epoch, and how the rows of a step become micro-batches. `packed`: micro-batches up to a number of tokens,
// no padding, a uniform shuffle. `by_length`: micro-batches of batch_size rows, padded to the longest, as in trainers
// without packing; rows of similar length are grouped first, or a third of the work would be padding. Packing is faster; the
// other is for comparisons with such trainers, and its attention is one dense product a micro-batch.
#include <cstddef>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <ease/train/batches/dataset.hpp>
#include <ease/train/options/training_options.hpp>
#include <span>
#include <vector>

namespace ease::inline v1 {

struct batch_shape {
  batching how{batching::packed};
  std::size_t rows{2};       // of a micro-batch by length
  std::size_t tokens{4096};  // of a packed micro-batch, at most
};

// The order in which epoch `epoch` takes `count` rows, as indices into `training`; windows of `rows_per_step` make the
// steps. By length: 50 steps' rows at a time are sorted, as in transformers' group_by_length, and the steps shuffled again.
std::vector<std::size_t> epoch_order(std::span<tokenized_example const> rows, std::span<std::size_t const> training,
                                     batching how, std::size_t rows_per_step, std::uint64_t seed, std::uint64_t epoch);

// The micro-batches of a rank's rows of one step. The loss is normalised over the whole step, so the split changes speed and
// memory, not the gradient.
std::vector<std::vector<std::size_t>> micro_batches(std::span<tokenized_example const> rows,
                                                    std::span<std::size_t const> chosen, batch_shape const& shape);

// Padding tokens of a micro-batch.
inline std::size_t padding_of(std::span<tokenized_example const> rows, std::span<std::size_t const> micro, batching how) {
  if (how == batching::packed) return 0;
  std::size_t tokens = 0, longest = 0;
  for (auto const row : micro) tokens += rows[row].ids.size(), longest = std::max(longest, rows[row].ids.size());
  return longest * micro.size() - tokens;
}

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/train/batches/batching.ipp>
#endif
