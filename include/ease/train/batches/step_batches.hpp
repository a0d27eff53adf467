// SPDX-License-Identifier: Apache-2.0
#pragma once
// One optimiser step's rows, dealt to the ranks and cut into micro-batches: done once a step, for what follows counts by it
// and computes by it.
#include <cstddef>
#include <span>
#include <vector>

#include "ease/train/batches/batching.hpp"
#include "ease/train/batches/dataset.hpp"
#include "ease/train/batches/deal.hpp"

namespace ease {

struct step_batches {
  using micro_batch = std::vector<std::size_t>;   // indices into the rows
  std::vector<std::vector<micro_batch>> of_rank;  // each rank's micro-batches
  std::size_t tokens{0}, trained_tokens{0};       // of all ranks' rows
  std::size_t padding{0};                         // what all micro-batches compute beyond those

  step_batches(std::span<training_row const> rows, std::span<std::size_t const> chosen, batch_shape const& shape,
               std::size_t ranks) {
    for (auto const row : chosen) tokens += rows[row].ids.size(), trained_tokens += ease::trained_tokens(rows[row]);
    for (auto const& dealt : deal(rows, chosen, ranks)) {
      auto const& micros = of_rank.emplace_back(micro_batches(rows, dealt, shape));
      for (auto const& micro : micros) padding += padding_of(rows, micro, shape.how);
    }
  }
};

}  // namespace ease
