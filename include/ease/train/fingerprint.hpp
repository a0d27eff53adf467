#pragma once
// A short name for training rows, so that a checkpoint is never resumed with other ones.
#include <span>
#include <string>

#include "ease/llm/fingerprint.hpp"
#include "ease/train/dataset.hpp"

namespace ease {

// Of all rows, in their order.
inline std::string fingerprint_of(std::span<training_row const> rows) {
  fingerprint all;
  for (auto const& row : rows) all.add(std::as_bytes(std::span{row.ids})).add(std::as_bytes(std::span{row.trained}));
  return all.text();
}

}  // namespace ease
