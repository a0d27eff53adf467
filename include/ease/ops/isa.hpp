// SPDX-License-Identifier: Apache-2.0
#pragma once
// The instruction sets that kernels are compiled for, and their vectors. A kernel is a struct with
//
//     template <class Isa> [[gnu::always_inline]] static void run(arguments...);
//
// written once in terms of Isa::floats and the functions below; run_best compiles it for each set and calls the one that
// this machine has (cpu_capability.hpp). Eight further lanes cost nothing to write, unlike in ops/simd.hpp, whose loops are
// bound by memory. Non-goal: a general SIMD library.
#include <cstdint>
#include <cstring>
#include <ease/ops/cpu_capability.hpp>
#include <utility>

#pragma GCC diagnostic ignored "-Wpsabi"  // as in ops/simd.hpp: vectors are passed between inlined functions alone

namespace ease::inline v1::ops {

// A bfloat16 number, as its bits.
struct bf16 {
  std::uint16_t bits;
};

inline float to_float(float x) { return x; }
inline float to_float(bf16 x) {
  std::uint32_t const bits = std::uint32_t{x.bits} << 16;
  float wide;
  std::memcpy(&wide, &bits, sizeof wide);
  return wide;
}
// To nearest, ties to even.
template <class Number>
Number to_number(float x);
template <>
inline float to_number<float>(float x) {
  return x;
}
template <>
inline bf16 to_number<bf16>(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return {static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16)};
}

namespace isa {

template <int Bytes>
struct vectors {
  using floats [[gnu::vector_size(Bytes)]] = float;
  using ints [[gnu::vector_size(Bytes)]] = std::int32_t;
  using words [[gnu::vector_size(Bytes)]] = std::uint32_t;
  using halves [[gnu::vector_size(Bytes / 2)]] = std::uint16_t;
  static constexpr std::int64_t lanes = Bytes / 4;
};

// `registers`: how many vectors the compiler can keep; `pair_products`: vdpbf16ps, two products of bfloat16 a lane.
struct baseline : vectors<16> {
  static constexpr int registers = 16;
  static constexpr bool pair_products = false;
};
struct avx2 : vectors<32> {
  static constexpr int registers = 16;
  static constexpr bool pair_products = false;
};
struct avx512 : vectors<64> {
  static constexpr int registers = 32;
  static constexpr bool pair_products = false;
};
struct avx512_bf16 : vectors<64> {
  static constexpr int registers = 32;
#if defined(__clang__)  // takes no 512-bit register in a function that is only inlined into one compiled for AVX-512
  static constexpr bool pair_products = false;
#else
  static constexpr bool pair_products = true;
#endif
};

// The same bits as another type. std::bit_cast is not inlined without optimisation: called from code for AVX, it would pass
// its vector in another way than that code expects.
template <class To, class From>
[[gnu::always_inline]] inline To as(From const& from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

template <class Isa>
[[gnu::always_inline]] inline typename Isa::floats all(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return as<typename Isa::floats>(typename Isa::words{} + bits);  // x + 0.0 would have to be computed, for -0.0
}
template <class Isa>
[[gnu::always_inline]] inline typename Isa::floats load(float const* from) {
  typename Isa::floats x;
  std::memcpy(&x, from, sizeof x);
  return x;
}
template <class Isa>
[[gnu::always_inline]] inline typename Isa::floats load(bf16 const* from) {
  typename Isa::halves x;
  std::memcpy(&x, from, sizeof x);
  return as<typename Isa::floats>(__builtin_convertvector(x, typename Isa::words) << 16);
}
template <class Isa>
[[gnu::always_inline]] inline typename Isa::words load_words(void const* from) {
  typename Isa::words x;
  std::memcpy(&x, from, sizeof x);
  return x;
}
template <class Isa>
[[gnu::always_inline]] inline void store(float* to, typename Isa::floats const& x) {
  std::memcpy(to, &x, sizeof x);
}
// Its upper halves are x as bfloat16, to nearest, ties to even; NaN stays NaN for the payloads that arithmetic makes.
template <class Isa>
[[gnu::always_inline]] inline typename Isa::words rounded(typename Isa::floats const& x) {
  auto const bits = as<typename Isa::words>(x);
  return bits + 0x7FFFU + ((bits >> 16) & 1U);
}
// x as bfloat16; vcvtneps2bf16 flushes denormals.
template <class Isa>
[[gnu::always_inline]] inline typename Isa::halves narrow(typename Isa::floats const& x) {
  if constexpr (Isa::pair_products) {
    typename Isa::halves top;
    asm("vcvtneps2bf16 %1, %0" : "=v"(top) : "v"(x));  // NOLINT(hicpp-no-assembler)
    return top;
  } else {
    return __builtin_convertvector(rounded<Isa>(x) >> 16, typename Isa::halves);
  }
}
template <class Isa>
[[gnu::always_inline]] inline void store(bf16* to, typename Isa::floats const& x) {
  auto const top = narrow<Isa>(x);
  std::memcpy(to, &top, sizeof top);
}
// x as it is after a store and a load.
template <class Isa>
[[gnu::always_inline]] inline typename Isa::floats as_stored(float const* /*kind*/, typename Isa::floats const& x) {
  return x;
}
template <class Isa>
[[gnu::always_inline]] inline typename Isa::floats as_stored(bf16 const* /*kind*/, typename Isa::floats const& x) {
  return as<typename Isa::floats>(__builtin_convertvector(narrow<Isa>(x), typename Isa::words) << 16);
}

// sum + a * b. vdpbf16ps flushes denormals, and adds the odd product before the even one.
template <class Isa>
[[gnu::always_inline]] inline typename Isa::floats add_product(typename Isa::floats const& sum,
                                                               typename Isa::floats const& a,
                                                               typename Isa::floats const& b) {
  return sum + a * b;
}
template <class Isa>
[[gnu::always_inline]] inline typename Isa::floats add_pairs(typename Isa::floats const& before,
                                                             typename Isa::words const& a, typename Isa::words const& b) {
  typename Isa::floats sum = before;
  if constexpr (Isa::pair_products) {
    asm("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));  // NOLINT(hicpp-no-assembler)
    return sum;
  } else {
    using floats = typename Isa::floats;
    sum += as<floats>(a & 0xFFFF0000U) * as<floats>(b & 0xFFFF0000U);
    return sum + as<floats>(a << 16) * as<floats>(b << 16);
  }
}

template <class Isa>
[[gnu::always_inline]] inline typename Isa::floats larger(typename Isa::floats const& a, typename Isa::floats const& b) {
  return a > b ? a : b;
}
// x[0], ..., x[lanes - 1] by `join`, halves with halves: a fixed order.
template <class Vector, class Join>
[[gnu::always_inline]] inline float reduced(Vector x, Join&& join) {
  constexpr std::size_t lanes = sizeof(Vector) / sizeof(float);
  if constexpr (lanes == 1) {
    return x[0];
  } else {
    using half [[gnu::vector_size(sizeof(Vector) / 2)]] = float;
    half low, high;
    std::memcpy(&low, &x, sizeof low);
    std::memcpy(&high, reinterpret_cast<char const*>(&x) + sizeof low, sizeof high);  // NOLINT(*-reinterpret-cast)
    return reduced(half{join(low, high)}, join);
  }
}
template <class Isa>
[[gnu::always_inline]] inline float sum(typename Isa::floats const& x) {
  return reduced(
      x, [](auto const& a, auto const& b) __attribute__((always_inline)) { return a + b; });
}
template <class Isa>
[[gnu::always_inline]] inline float largest(typename Isa::floats const& x) {
  return reduced(
      x, [](auto const& a, auto const& b) __attribute__((always_inline)) { return a > b ? a : b; });
}

// e^x for x <= 0, to 2 units in the last place; 0 below -87. x = n ln 2 + r, then a polynomial in r (Cody and Waite).
template <class Isa>
[[gnu::always_inline]] inline typename Isa::floats exp_of_nonpositive(typename Isa::floats const& x) {
  using floats = typename Isa::floats;
  using ints = typename Isa::ints;
  floats const low = all<Isa>(-87.0F);
  floats const y = larger<Isa>(x, low);
  ints const n = __builtin_convertvector(y * 1.44269504088896341F - 0.5F, ints);  // nearest: y is not positive
  floats const steps = __builtin_convertvector(n, floats);
  floats const r = (y - steps * 0.693359375F) + steps * 2.12194440e-4F;
  floats p = r * 1.9875691500e-4F + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * (r * r) + r + 1.0F;
  floats const scale = as<floats>((n + 127) << 23);
  return x > low ? p * scale : floats{};
}

template <class Kernel, class... Arguments>
void run_baseline(Arguments&&... arguments) {
  Kernel::template run<baseline>(std::forward<Arguments>(arguments)...);
}
#if defined(__x86_64__)
template <class Kernel, class... Arguments>
[[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma")]] void run_avx512_bf16(Arguments&&... arguments) {
  Kernel::template run<avx512_bf16>(std::forward<Arguments>(arguments)...);
}
template <class Kernel, class... Arguments>
[[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]] void run_avx512(Arguments&&... arguments) {
  Kernel::template run<avx512>(std::forward<Arguments>(arguments)...);
}
template <class Kernel, class... Arguments>
[[gnu::target("avx2,fma")]] void run_avx2(Arguments&&... arguments) {
  Kernel::template run<avx2>(std::forward<Arguments>(arguments)...);
}
#endif

}  // namespace isa

// Kernel::run<Isa>(arguments...) for the best instruction set of this machine that is allowed.
template <class Kernel, class... Arguments>
void run_best(Arguments&&... arguments) {
#if defined(__x86_64__)
  using detail::cpu_capability;
  static cpu_capability const best = detail::capability_of_kernels();
  if (best == cpu_capability::avx512_bf16) return isa::run_avx512_bf16<Kernel>(std::forward<Arguments>(arguments)...);
  if (best == cpu_capability::avx512) return isa::run_avx512<Kernel>(std::forward<Arguments>(arguments)...);
  if (best == cpu_capability::avx2) return isa::run_avx2<Kernel>(std::forward<Arguments>(arguments)...);
#endif
  return isa::run_baseline<Kernel>(std::forward<Arguments>(arguments)...);
}

}  // namespace ease::inline v1::ops
