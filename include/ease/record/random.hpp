#pragma once
// Random choices that do not depend on the order of a file, the number of machines or the standard library: each row's
// number is a hash of (seed, key), and choosing means taking the smallest. SplitMix64's finaliser (Steele et al. 2014) does
// the mixing.
#include <cstdint>

namespace ease {

constexpr std::uint64_t mixed_bits(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}
constexpr std::uint64_t lot(std::uint64_t seed, std::uint64_t key) { return mixed_bits(mixed_bits(seed) ^ key); }

}  // namespace ease
