#pragma once
// The definitions of llm/device.hpp; core/compiled.hpp says where they are compiled.
#include <ATen/Context.h>

#include "ease/io/error.hpp"
#include "ease/llm/device.hpp"

namespace ease {

EASE_INLINE at::Device cuda::device() {
  if (!at::hasCUDA())
    throw error{"no CUDA device: build with the 'cuda' preset on a machine with an NVIDIA driver, or use the cpu device"};
  return at::Device{at::kCUDA, 0};
}

}  // namespace ease
