// SPDX-License-Identifier: Apache-2.0
#pragma once
// A hash of training examples, so that a checkpoint is never resumed with other ones.
#include <cstdint>
#include <ease/llm/files/weights_hash.hpp>
#include <ease/train/batches/dataset.hpp>
#include <span>
#include <string>

namespace ease::inline v1 {

// Of all rows, in their order.
inline std::string dataset_hash(std::span<tokenized_example const> rows) {
  identity all;
  for (auto const& row : rows) all.add(detail::bytes_of(std::span{row.ids})).add(detail::bytes_of(std::span{row.loss_mask}));
  return all.text();
}

}  // namespace ease::inline v1
