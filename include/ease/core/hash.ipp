// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of core/hash.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>

#include <ease/core/hash.hpp>

#define XXH_INLINE_ALL  // header-only: nothing to link
#include <xxhash.h>
static_assert(XXH_VERSION_NUMBER >= 800, "xxHash 0.8 or later is needed: what XXH3 returns was not fixed before");

namespace ease::inline v1 {

namespace detail {
inline XXH3_state_t* xxh3_state(void* state) { return static_cast<XXH3_state_t*>(state); }
}  // namespace detail

EASE_INLINE std::string hex(hash128 const& h) { return fmt::format("{:016x}{:016x}", h.high, h.low); }

EASE_INLINE std::uint64_t xxh3(std::string_view text, std::uint64_t seed) {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

EASE_INLINE hash128 xxh3_128(std::string_view text) {
  auto const h = XXH3_128bits(text.data(), text.size());
  return {h.low64, h.high64};
}

EASE_INLINE xxh3_stream::xxh3_stream() : state_{XXH3_createState()} { XXH3_128bits_reset(detail::xxh3_state(state_.get())); }

EASE_INLINE void xxh3_stream::add(std::string_view bytes) {
  XXH3_128bits_update(detail::xxh3_state(state_.get()), bytes.data(), bytes.size());
}

EASE_INLINE hash128 xxh3_stream::value() const {
  auto const h = XXH3_128bits_digest(detail::xxh3_state(state_.get()));
  return {h.low64, h.high64};
}

EASE_INLINE void xxh3_stream::release::operator()(void* state) const { XXH3_freeState(detail::xxh3_state(state)); }

}  // namespace ease::inline v1
