// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rows of one optimiser step, sharded over the ranks and split into micro-batches. Computed once a step, for counting
// and for the passes.
#include <cstddef>
#include <ease/train/batches/batching.hpp>
#include <ease/train/batches/dataset.hpp>
#include <ease/train/batches/shard_by_length.hpp>
#include <span>
#include <vector>

namespace ease::inline v1 {

struct step_batches {
  using micro_batch = std::vector<std::size_t>;   // indices into the rows
  std::vector<std::vector<micro_batch>> of_rank;  // each rank's micro-batches
  std::size_t tokens{0}, target_tokens{0};        // of all ranks' rows
  std::size_t padding{0};                         // what all micro-batches compute beyond those

  step_batches(std::span<tokenized_example const> rows, std::span<std::size_t const> chosen, batch_shape const& shape,
               std::size_t ranks) {
    for (auto const row : chosen) tokens += rows[row].ids.size(), target_tokens += ease::target_tokens(rows[row]);
    for (auto const& rank_rows : shard_by_length(rows, chosen, ranks)) {
      auto const& micros = of_rank.emplace_back(micro_batches(rows, rank_rows, shape));
      for (auto const& micro : micros) padding += padding_of(rows, micro, shape.how);
    }
  }
};

}  // namespace ease::inline v1
