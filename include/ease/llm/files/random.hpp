// SPDX-License-Identifier: Apache-2.0
#pragma once
// Random numbers without a state: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3",
// SC 2011) maps a counter and a key to 128 random bits; libtorch's samplers on CUDA draw by it too. Keyed by (seed, row,
// position), the draws of a request depend neither on its batch nor on the order of the requests. Non-goal: cryptography.
#include <ATen/core/PhiloxRNGEngine.h>

#include <cstdint>

namespace ease::inline v1 {

// Uniform on [0, 1), 53 bits.
inline double uniform_draw(std::uint64_t seed, std::uint64_t row, std::uint64_t position) {
  at::Philox4_32 bits{seed, row, position};
  std::uint64_t const low = bits(), high = bits();
  return static_cast<double>((high << 32U | low) >> 11U) * 0x1.0p-53;
}

}  // namespace ease::inline v1
