// SPDX-License-Identifier: Apache-2.0
#pragma once
// The hashes that seeds, shards and identities rest on: XXH3 with 64 and 128 bits, from the system's xxHash, whose results
// are fixed since its version 0.8. They find equal data and do not resist deliberate collisions: where a text's author could
// gain by a collision (journals), the hash is keyed (core/siphash.hpp).
#include <cstddef>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ease::inline v1 {

struct hash128 {
  std::uint64_t low{0}, high{0};
  friend bool operator==(hash128 const&, hash128 const&) = default;
};

// 32 hexadecimal digits.
std::string hex(hash128 const& h);

std::uint64_t xxh3(std::string_view text, std::uint64_t seed = 0);
hash128 xxh3_128(std::string_view text);

// XXH3-128 of bytes that come piece by piece; how they are cut into pieces does not matter.
class xxh3_stream {
 public:
  xxh3_stream();
  void add(std::string_view bytes);
  hash128 value() const;

 private:
  struct release {
    void operator()(void* state) const;
  };
  std::unique_ptr<void, release> state_;  // XXH3_state_t, which only the definitions know: xxhash.h is long
};

}  // namespace ease::inline v1

template <>
struct std::hash<ease::hash128> {
  std::size_t operator()(ease::hash128 const& h) const noexcept { return static_cast<std::size_t>(h.low); }
};

#ifndef EASE_COMPILED
#include <ease/core/hash.ipp>
#endif
