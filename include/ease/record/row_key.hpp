#pragma once
// A row's number for sampling and sharding, from its prompt alone: the same wherever the row stands, on whichever machine.
// FNV-1a, because std::hash may differ between standard libraries.
#include <cstdint>
#include <string_view>

namespace ease {

constexpr std::uint64_t row_key(std::string_view prompt) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (char c : prompt) {
    hash ^= static_cast<std::uint64_t>(static_cast<unsigned char>(c));
    hash *= 0x100000001b3ULL;
  }
  return hash;
}

}  // namespace ease
