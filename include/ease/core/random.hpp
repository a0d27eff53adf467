// SPDX-License-Identifier: Apache-2.0
#pragma once
// Random choices that do not depend on the order of a file, the number of machines or the standard library: each row's
// number is a hash of (seed, key), and choosing means taking the smallest.
#include <bit>
#include <cstdint>
#include <ease/core/hash.hpp>

namespace ease::inline v1 {

inline std::uint64_t random_key(std::uint64_t seed, std::uint64_t key) {
  static_assert(std::endian::native == std::endian::little, "the key is hashed as it stands in memory");
  return xxh3({reinterpret_cast<char const*>(&key), sizeof key}, seed);
}

}  // namespace ease::inline v1
