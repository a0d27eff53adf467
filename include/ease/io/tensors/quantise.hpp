// SPDX-License-Identifier: Apache-2.0
#pragma once
// Packs float32 into GGUF's F32, F16, BF16 and Q8_0, each bit as the `gguf` Python package packs it
// (tests/io/tensors/quantise.cpp): numbers are rounded to the nearest and ties to even, what is too large becomes an
// infinity, not-a-numbers stay such, and a Q8_0 block that holds either has a scale that is not finite (which of several
// payloads the package keeps is chance; here it is none). Little-endian machines. Non-goal: types of less than 8 bits, which
// need a search for the best scale, and weights that say which error matters.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ease/core/error.hpp>
#include <ease/io/tensors/ggml_type.hpp>
#include <limits>
#include <span>

namespace ease::inline v1 {

// Float to IEEE half. A not-a-number keeps the upper bits of its payload.
inline std::uint16_t half_of_float(float value) {
  auto const bits = std::bit_cast<std::uint32_t>(value);
  std::uint32_t const sign = bits >> 16U & 0x8000U, size = bits & 0x7FFFFFFFU;
  constexpr std::uint32_t infinity = 0x7F800000U, least_normal = 0x38800000U, two_to_16 = 0x47800000U, half = 0x3F000000U;
  std::uint32_t out = 0;
  if (size > infinity)
    out = 0x7C00U | std::max(1U, size >> 13U & 0x3FFU);
  else if (size >= two_to_16)
    out = 0x7C00U;
  else if (size < least_normal)  // in [0.5, 1) a float's last place is 2^-24, a half's least: the sum rounds as it must
    out = std::bit_cast<std::uint32_t>(std::bit_cast<float>(size) + 0.5F) - half;
  else
    out = (size - 0x38000000U + 0xFFFU + (size >> 13U & 1U)) >> 13U;  // a carry out of the largest half gives infinity
  return static_cast<std::uint16_t>(sign | out);
}

// Float to bfloat16. A not-a-number becomes a quiet one.
inline std::uint16_t bfloat16_of_float(float value) {
  auto const bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7FFFFFFFU) > 0x7F800000U) return static_cast<std::uint16_t>(bits >> 16U | 0x40U);
  return static_cast<std::uint16_t>((bits + 0x7FFFU + (bits >> 16U & 1U)) >> 16U);
}

// What `quantise` can write.
constexpr bool can_quantise(ggml_type type) {
  return type == ggml_type::f32 || type == ggml_type::f16 || type == ggml_type::bf16 || type == ggml_type::q8_0;
}

namespace detail {

inline bool is_finite_half(std::uint16_t half) { return (half & 0x7C00U) != 0x7C00U; }

// 32 numbers -> a half-precision scale d and 32 signed bytes q with d * q near the number. Returns whether d is finite.
inline bool pack_q8_0(float const* in, std::byte* out) {
  float largest = 0.0F;
  for (unsigned i = 0; i < 32; ++i) largest = std::max(largest, std::abs(in[i]));
  if (std::any_of(in, in + 32, [](float value) { return std::isnan(value); }))  // no comparison finds it
    largest = std::numeric_limits<float>::quiet_NaN();
  float const d = largest / 127.0F, inverse = d == 0.0F ? 0.0F : 1.0F / d;
  std::uint16_t const scale = half_of_float(d);
  std::memcpy(out, &scale, sizeof scale);
  for (unsigned i = 0; i < 32; ++i) {
    float const scaled = in[i] * inverse, size = std::abs(scaled);
    int q = 0;  // for what is not finite, too
    if (size < 128.0F) {
      q = static_cast<int>(size);
      if (size - static_cast<float>(q) >= 0.5F) ++q;  // halves away from zero
      if (scaled < 0.0F) q = -q;
    }
    out[2 + i] = static_cast<std::byte>(static_cast<std::int8_t>(q));
  }
  return is_finite_half(scale);
}

}  // namespace detail

// values: whole blocks of `type`; out: the bytes of as many blocks. Returns whether all that was written is finite: false
// where `values` had an infinity or a not-a-number, or one too large for the type. Throws if the sizes do not fit, or if
// the type cannot be written.
[[nodiscard]] inline bool quantise(ggml_type type, std::span<float const> values, std::span<std::byte> out) {
  ggml_type_info const* const info = can_quantise(type) ? info_of(type) : nullptr;
  if (info == nullptr || values.size() % info->block_elements != 0 ||
      values.size() / info->block_elements * info->block_bytes != out.size())
    throw error{"cannot pack {} numbers into {} bytes of GGUF type {}; F32, F16, BF16 and Q8_0 are written, in whole blocks",
                values.size(), out.size(), static_cast<std::uint32_t>(type)};
  std::byte* at = out.data();
  bool finite = true;
  auto const each_16_bit = [&](auto narrow, auto is_finite) {
    for (float const value : values) {
      std::uint16_t const bits = narrow(value);
      std::memcpy(at, &bits, sizeof bits);
      at += sizeof bits;
      finite = finite && is_finite(bits);
    }
  };
  switch (type) {
    case ggml_type::f16:
      each_16_bit(half_of_float, detail::is_finite_half);
      break;
    case ggml_type::bf16:
      each_16_bit(bfloat16_of_float, [](std::uint16_t bits) { return (bits & 0x7F80U) != 0x7F80U; });
      break;
    case ggml_type::q8_0:
      for (std::size_t i = 0; i < values.size(); i += info->block_elements, at += info->block_bytes)
        finite = detail::pack_q8_0(values.data() + i, at) && finite;
      break;
    default:  // f32
      if (!values.empty()) std::memcpy(at, values.data(), out.size());
      finite = std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
  }
  return finite;
}

}  // namespace ease::inline v1
