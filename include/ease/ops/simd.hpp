// SPDX-License-Identifier: Apache-2.0
#pragma once
// Vectors of eight floats, for the few loops libtorch has no fast kernel for, such as sampling and training's. Written
// once with the compiler's vector types, compiled for AVX-512, AVX2 and the baseline, and dispatched at run time: a plain
// x86-64 build is fast everywhere. (Eight lanes, not sixteen: native on AVX2, and these loops are bound by memory anyway.)
// Non-goal: a general SIMD library.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ease/ops/cpu_capability.hpp>
#include <ease/ops/isa.hpp>
#include <utility>

// Wide vectors are passed only between functions that are always inlined: their calling convention never matters. There is
// no "pop", since GCC reports such functions at the end of the translation unit.
#pragma GCC diagnostic ignored "-Wpsabi"

namespace ease::inline v1::detail::simd {

// What is the same for any number of lanes is isa.hpp's.
using eight = ops::isa::avx2;
inline constexpr std::int64_t lanes = eight::lanes;
using floats = eight::floats;
using ints = eight::ints;
using words = eight::words;
using halves = eight::halves;
using bfloat16 = ops::bf16;
using ops::isa::as;

[[gnu::always_inline]] inline floats all(float x) { return ops::isa::all<eight>(x); }
[[gnu::always_inline]] inline floats load(float const* from) { return ops::isa::load<eight>(from); }
[[gnu::always_inline]] inline floats load(bfloat16 const* from) { return ops::isa::load<eight>(from); }
[[gnu::always_inline]] inline void store(float* to, floats const& x) { ops::isa::store<eight>(to, x); }
[[gnu::always_inline]] inline void store(bfloat16* to, floats const& x) { ops::isa::store<eight>(to, x); }
// Its upper halves are x as bfloat16, rounded to nearest even.
[[gnu::always_inline]] inline words rounded(floats const& x) { return ops::isa::rounded<eight>(x); }
[[gnu::always_inline]] inline floats larger(floats const& a, floats const& b) { return ops::isa::larger<eight>(a, b); }
[[gnu::always_inline]] inline floats exp_of_nonpositive(floats const& x) { return ops::isa::exp_of_nonpositive<eight>(x); }

[[gnu::always_inline]] inline floats square_root(floats const& x) {
#if defined(__x86_64__)  // in halves: an instruction that every processor has, correctly rounded
  using half [[gnu::vector_size(16)]] = float;
  half const low = __builtin_ia32_sqrtps(__builtin_shufflevector(x, x, 0, 1, 2, 3));
  half const high = __builtin_ia32_sqrtps(__builtin_shufflevector(x, x, 4, 5, 6, 7));
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7);
#else
  floats y;
  for (int i = 0; i < lanes; ++i) y[i] = std::sqrt(x[i]);
  return y;
#endif
}
[[gnu::always_inline]] inline float largest(floats const& x) {
  float most = x[0];
  for (int i = 1; i < lanes; ++i) most = x[i] > most ? x[i] : most;
  return most;
}
[[gnu::always_inline]] inline float sum(floats const& x) {
  return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

// Lane i of the result is the sum over the lanes of x[i]: eight horizontal sums by three rounds of pairwise additions.
[[gnu::always_inline]] inline floats sums(std::array<floats, 8> const& x) {
  std::array<floats, 4> by1;
  for (std::size_t i = 0; i < 4; ++i)
    by1[i] = __builtin_shufflevector(x[2 * i], x[2 * i + 1], 0, 8, 2, 10, 4, 12, 6, 14) +
             __builtin_shufflevector(x[2 * i], x[2 * i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  std::array<floats, 2> by2;
  for (std::size_t i = 0; i < 2; ++i)
    by2[i] = __builtin_shufflevector(by1[2 * i], by1[2 * i + 1], 0, 1, 8, 9, 4, 5, 12, 13) +
             __builtin_shufflevector(by1[2 * i], by1[2 * i + 1], 2, 3, 10, 11, 6, 7, 14, 15);
  return __builtin_shufflevector(by2[0], by2[1], 0, 1, 2, 3, 8, 9, 10, 11) +
         __builtin_shufflevector(by2[0], by2[1], 4, 5, 6, 7, 12, 13, 14, 15);
}

template <class Kernel, class... Arguments>
decltype(auto) run_baseline(Arguments&&... arguments) {
  return Kernel::run(std::forward<Arguments>(arguments)...);
}

#if defined(__x86_64__)
template <class Kernel, class... Arguments>
[[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]] decltype(auto) run_avx512(Arguments&&... arguments) {
  return Kernel::run(std::forward<Arguments>(arguments)...);
}
template <class Kernel, class... Arguments>
[[gnu::target("avx2,fma")]] decltype(auto) run_avx2(Arguments&&... arguments) {
  return Kernel::run(std::forward<Arguments>(arguments)...);
}
#endif

// Kernel::run(arguments...) compiled for the best instruction set of this machine that is allowed
// (cpu_capability.hpp); `run` must be always_inline.
template <class Kernel, class... Arguments>
decltype(auto) run(Arguments&&... arguments) {
#if defined(__x86_64__)
  static cpu_capability const best = capability_in_use();
  if (best >= cpu_capability::avx512) return run_avx512<Kernel>(std::forward<Arguments>(arguments)...);
  if (best == cpu_capability::avx2) return run_avx2<Kernel>(std::forward<Arguments>(arguments)...);
#endif
  return run_baseline<Kernel>(std::forward<Arguments>(arguments)...);
}

}  // namespace ease::inline v1::detail::simd
