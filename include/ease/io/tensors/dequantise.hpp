// SPDX-License-Identifier: Apache-2.0
#pragma once
// Expands blocks of GGUF's number formats to float32, each product and sum rounded as the `gguf` Python package rounds them
// (bit-equal, tests/io/tensors/dequantise.cpp). Block layouts: ggml's public format. Little-endian machines.
// Non-goals: quantising; compilers told to fuse multiply and add (on targets that have it) round differently.
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ease/core/error.hpp>
#include <ease/io/tensors/ggml_type.hpp>
#include <span>

namespace ease::inline v1 {

// IEEE half to float, exact; not-a-numbers keep their payload.
inline float float_of_half(std::uint16_t half) {
  std::uint32_t const sign = static_cast<std::uint32_t>(half & 0x8000U) << 16U;
  std::uint32_t const exponent = (half >> 10U) & 0x1FU, fraction = half & 0x3FFU;
  if (exponent == 0) {  // zero or subnormal: fraction * 2^-24 is exact in float
    float const magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return sign != 0 ? -magnitude : magnitude;
  }
  std::uint32_t const wide = exponent == 0x1FU ? 0xFFU : exponent + 112U;
  return std::bit_cast<float>(sign | wide << 23U | fraction << 13U);
}

inline float float_of_bfloat16(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U); }

namespace detail {

template <class T>
T load_as(std::uint8_t const* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
inline float half_at(std::uint8_t const* at) { return float_of_half(load_as<std::uint16_t>(at)); }

// A block of 32: 16 bytes hold the low nibbles of elements 0-15 and, above them, of 16-31; `high` holds a fifth bit each.
template <bool Five, bool Minimum>
void expand_32(std::uint8_t const* block, float* out) {
  float const d = half_at(block), minimum = Minimum ? half_at(block + 2) : 0.0F;
  std::uint8_t const* rest = block + (Minimum ? 4 : 2);
  std::uint32_t const high = Five ? load_as<std::uint32_t>(rest) : 0U;
  if (Five) rest += 4;
  constexpr int offset = Five ? 16 : 8;
  for (unsigned i = 0; i < 32; ++i) {
    unsigned const nibble = i < 16 ? rest[i] & 15U : rest[i - 16] >> 4U;
    int const q = static_cast<int>(nibble | ((high >> i) & 1U) << 4U);
    out[i] = Minimum ? d * static_cast<float>(q) + minimum : d * static_cast<float>(q - offset);
  }
}

inline void expand_q8_0(std::uint8_t const* block, float* out) {
  float const d = half_at(block);
  for (unsigned i = 0; i < 32; ++i) out[i] = d * static_cast<float>(static_cast<std::int8_t>(block[2 + i]));
}

// A block of 256 in 8 groups of 32, each with a 6-bit scale and minimum packed into 12 bytes.
template <bool Five>
void expand_k(std::uint8_t const* block, float* out) {
  float const d = half_at(block), minimum = half_at(block + 2);
  std::uint8_t const* packed = block + 4;
  std::uint8_t const* high = block + 16;
  std::uint8_t const* low = high + (Five ? 32 : 0);
  for (unsigned g = 0; g < 8; ++g) {
    unsigned const i = g % 4, both = packed[8 + i];
    unsigned const scale = g < 4 ? packed[i] & 63U : (both & 15U) | ((packed[i] >> 2U) & 48U);
    unsigned const least = g < 4 ? packed[4 + i] & 63U : both >> 4U | ((packed[4 + i] >> 2U) & 48U);
    float const group_d = d * static_cast<float>(scale), group_minimum = minimum * static_cast<float>(least);
    for (unsigned j = 0; j < 32; ++j) {
      unsigned q = (low[g / 2 * 32 + j] >> (4U * (g % 2))) & 15U;
      if (Five) q |= ((static_cast<unsigned>(high[j]) >> g) & 1U) << 4U;
      out[g * 32 + j] = group_d * static_cast<float>(q) - group_minimum;
    }
  }
}

// A block of 256 in 16 groups of 16 with a signed 8-bit scale each; 4 low bits and 2 high bits an element.
inline void expand_q6_k(std::uint8_t const* block, float* out) {
  std::uint8_t const* low = block;
  std::uint8_t const* high = block + 128;
  std::uint8_t const* scales = block + 192;
  float const d = half_at(block + 208);
  for (unsigned i = 0; i < 256; ++i) {
    unsigned const half = i / 128, row = i / 32 % 4, column = i % 32;
    unsigned const nibble = (low[half * 64 + i % 64] >> (4U * (row / 2))) & 15U;
    unsigned const above = (static_cast<unsigned>(high[half * 32 + column]) >> (2U * row)) & 3U;
    int const q = static_cast<int>(nibble | above << 4U) - 32;
    float const group_d = d * static_cast<float>(static_cast<std::int8_t>(scales[i / 16]));
    out[i] = group_d * static_cast<float>(q);
  }
}

// The two low bits of element i of a block of 256.
inline unsigned two_bits(std::uint8_t const* low, unsigned i) {
  return (static_cast<unsigned>(low[i / 128 * 32 + i % 32]) >> (2U * (i / 32 % 4))) & 3U;
}

// A block of 256 in 16 groups of 16, each with a 4-bit scale and a 4-bit minimum.
inline void expand_q2_k(std::uint8_t const* block, float* out) {
  float const d = half_at(block + 80), minimum = half_at(block + 82);
  for (unsigned i = 0; i < 256; ++i) {
    unsigned const both = block[i / 16];
    float const group_d = d * static_cast<float>(both & 15U), group_minimum = minimum * static_cast<float>(both >> 4U);
    out[i] = group_d * static_cast<float>(two_bits(block + 16, i)) - group_minimum;
  }
}

// A block of 256 in 16 groups of 16, each with a 6-bit scale: four low bits in 8 bytes, two high ones in the 4 behind.
// An element's third bit, in the first 32 bytes, takes away an offset of 4.
inline void expand_q3_k(std::uint8_t const* block, float* out) {
  std::uint8_t const* scales = block + 96;
  float const d = half_at(block + 108);
  for (unsigned i = 0; i < 256; ++i) {
    unsigned const g = i / 16;
    unsigned const low = (static_cast<unsigned>(scales[g % 8]) >> (4U * (g / 8))) & 15U;
    unsigned const high = (static_cast<unsigned>(scales[8 + g % 4]) >> (2U * (g / 4))) & 3U;
    bool const whole = ((static_cast<unsigned>(block[i % 32]) >> (i / 32)) & 1U) != 0;
    float const group_d = d * static_cast<float>(static_cast<int>(low | high << 4U) - 32);
    out[i] = group_d * static_cast<float>(static_cast<int>(two_bits(block + 32, i)) - (whole ? 0 : 4));
  }
}

// What the nibbles of the IQ4 types stand for.
inline constexpr std::array<float, 16> iq4_values{-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

// 32 elements, the low nibbles first.
inline void expand_iq4(float d, std::uint8_t const* nibbles, float* out) {
  for (unsigned i = 0; i < 32; ++i) out[i] = d * iq4_values[i < 16 ? nibbles[i] & 15U : nibbles[i - 16] >> 4U];
}
inline void expand_iq4_nl(std::uint8_t const* block, float* out) { expand_iq4(half_at(block), block + 2, out); }

// A block of 256 in 8 groups of 32, each with a 6-bit scale: two high bits in 2 bytes, four low ones in the 4 behind.
inline void expand_iq4_xs(std::uint8_t const* block, float* out) {
  float const d = half_at(block);
  unsigned const high = load_as<std::uint16_t>(block + 2);
  for (unsigned g = 0; g < 8; ++g) {
    unsigned const low = (static_cast<unsigned>(block[4 + g / 2]) >> (4U * (g % 2))) & 15U;
    int const scale = static_cast<int>(low | ((high >> (2U * g)) & 3U) << 4U) - 32;
    expand_iq4(d * static_cast<float>(scale), block + 8 + std::size_t{16} * g, out + std::size_t{32} * g);
  }
}

}  // namespace detail

// blocks: whole blocks of `type`; out: as many elements as they hold. Throws if the sizes do not fit.
inline void dequantise(ggml_type type, std::span<std::byte const> blocks, std::span<float> out) {
  ggml_type_info const* const info = info_of(type);
  if (info == nullptr || blocks.size() % info->block_bytes != 0 ||
      blocks.size() / info->block_bytes * info->block_elements != out.size())
    throw error{"cannot expand {} bytes of GGUF type {} into {} numbers", blocks.size(), static_cast<std::uint32_t>(type),
                out.size()};
  if (out.empty()) return;
  auto const* at = reinterpret_cast<std::uint8_t const*>(blocks.data());
  auto const each = [&](auto expand) {
    for (float* to = out.data(); to != out.data() + out.size(); to += info->block_elements, at += info->block_bytes)
      expand(at, to);
  };
  switch (type) {
    case ggml_type::f32:
      return std::memcpy(out.data(), at, blocks.size()), void();
    case ggml_type::f16:
      return each([](std::uint8_t const* b, float* o) { *o = detail::half_at(b); });
    case ggml_type::bf16:
      return each([](std::uint8_t const* b, float* o) { *o = float_of_bfloat16(detail::load_as<std::uint16_t>(b)); });
    case ggml_type::q4_0:
      return each(detail::expand_32<false, false>);
    case ggml_type::q4_1:
      return each(detail::expand_32<false, true>);
    case ggml_type::q5_0:
      return each(detail::expand_32<true, false>);
    case ggml_type::q5_1:
      return each(detail::expand_32<true, true>);
    case ggml_type::q8_0:
      return each(detail::expand_q8_0);
    case ggml_type::q4_k:
      return each(detail::expand_k<false>);
    case ggml_type::q5_k:
      return each(detail::expand_k<true>);
    case ggml_type::q6_k:
      return each(detail::expand_q6_k);
    case ggml_type::q2_k:
      return each(detail::expand_q2_k);
    case ggml_type::q3_k:
      return each(detail::expand_q3_k);
    case ggml_type::iq4_nl:
      return each(detail::expand_iq4_nl);
    case ggml_type::iq4_xs:
      return each(detail::expand_iq4_xs);
  }
}

}  // namespace ease::inline v1
