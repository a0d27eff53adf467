// SPDX-License-Identifier: Apache-2.0
#pragma once
// The ends of rows whose length is no multiple of eight, for the training kernels.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ease/ops/simd.hpp>

namespace ease::inline v1::detail {

// `count` numbers, at most eight, as floats; the other lanes are 0.
template <class Number>
[[gnu::always_inline]] inline simd::floats load_some(Number const* from, std::int64_t count) {
  if (count >= simd::lanes) return simd::load(from);
  Number some[simd::lanes]{};
  std::memcpy(some, from, static_cast<std::size_t>(count) * sizeof(Number));
  return simd::load(some);
}
template <class Number>
[[gnu::always_inline]] inline void store_some(Number* to, simd::floats const& x, std::int64_t count) {
  if (count >= simd::lanes) return simd::store(to, x);
  Number some[simd::lanes];
  simd::store(some, x);
  std::memcpy(to, some, static_cast<std::size_t>(count) * sizeof(Number));
}

}  // namespace ease::inline v1::detail
