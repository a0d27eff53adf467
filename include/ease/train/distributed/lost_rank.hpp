// SPDX-License-Identifier: Apache-2.0
#pragma once
// The error of a training rank that stops because another one is lost.
#include <ease/core/error.hpp>

namespace ease::inline v1 {

// The message names the other rank.
struct lost_rank : error {
  using error::error;
};

}  // namespace ease::inline v1
