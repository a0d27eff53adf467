#pragma once
// The hashes that seeds, shards and identities rest on: XXH3 with 64 and 128 bits, from the system's xxHash, whose results
// are fixed since its version 0.8. They find equal data, they do not keep forgers out: where a text's author could gain by
// a collision (journals), the hash is keyed (record/siphash.hpp).
#include <cstddef>
#include <cstdint>
#include <ease/io/error.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#define XXH_INLINE_ALL  // header-only: nothing to link
#include <xxhash.h>
static_assert(XXH_VERSION_NUMBER >= 800, "xxHash 0.8 or later is needed: what XXH3 returns was not fixed before");

namespace ease {

struct hash128 {
  std::uint64_t low{0}, high{0};
  friend bool operator==(hash128 const&, hash128 const&) = default;
};

// 32 hexadecimal digits.
inline std::string hex(hash128 const& h) { return fmt::format("{:016x}{:016x}", h.high, h.low); }

inline std::uint64_t xxh3(std::string_view text, std::uint64_t seed = 0) {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

inline hash128 xxh3_128(std::string_view text) {
  auto const h = XXH3_128bits(text.data(), text.size());
  return {h.low64, h.high64};
}

// XXH3-128 of bytes that come piece by piece; how they are cut into pieces does not matter.
class xxh3_stream {
 public:
  xxh3_stream() { XXH3_128bits_reset(state_.get()); }
  void add(std::string_view bytes) { XXH3_128bits_update(state_.get(), bytes.data(), bytes.size()); }
  hash128 value() const {
    auto const h = XXH3_128bits_digest(state_.get());
    return {h.low64, h.high64};
  }

 private:
  struct release {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, release> state_{XXH3_createState()};
};

}  // namespace ease

template <>
struct std::hash<ease::hash128> {
  std::size_t operator()(ease::hash128 const& h) const noexcept { return static_cast<std::size_t>(h.low); }
};
