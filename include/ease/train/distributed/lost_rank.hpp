// SPDX-License-Identifier: Apache-2.0
#pragma once
// The error of a training rank that ends because another one is gone.
#include "ease/core/error.hpp"

namespace ease {

// The message names the other rank.
struct lost_rank : error {
  using error::error;
};

}  // namespace ease
