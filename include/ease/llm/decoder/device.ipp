// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of llm/decoder/device.hpp; core/compiled.hpp says where they are compiled.
#include <ATen/Context.h>

#include <ease/core/error.hpp>
#include <ease/llm/decoder/device.hpp>

namespace ease::inline v1 {

EASE_INLINE at::Device cuda::device() {
  if (!at::hasCUDA())
    throw error{"no CUDA device: build with the 'cuda' preset on a machine with an NVIDIA driver, or use the cpu device"};
  return at::Device{at::kCUDA, 0};
}

}  // namespace ease::inline v1
