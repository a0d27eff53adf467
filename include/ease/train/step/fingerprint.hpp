// SPDX-License-Identifier: Apache-2.0
#pragma once
// A short name for training rows, so that a checkpoint is never resumed with other ones.
#include <cstdint>
#include <span>
#include <string>

#include "ease/llm/files/fingerprint.hpp"
#include "ease/train/batches/dataset.hpp"

namespace ease {

// Of all rows, in their order.
inline std::string fingerprint_of(std::span<training_row const> rows) {
  identity all;
  for (auto const& row : rows) all.add(detail::bytes_of(std::span{row.ids})).add(detail::bytes_of(std::span{row.trained}));
  return all.text();
}

}  // namespace ease
