// SPDX-License-Identifier: Apache-2.0
#pragma once
// Packs matrices for the tile products of tile_kernels.hpp: transposition, and the VNNI layout of bfloat16 products, in
// which the two elements that one instruction multiplies with two others are adjacent.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ease/ops/simd.hpp>

namespace ease::inline v1::detail {

namespace simd {

// Eight rows of eight words become eight columns.
[[gnu::always_inline]] inline void transpose(std::array<words, 8>& x) {
  std::array<words, 8> a, b;
  for (std::size_t i = 0; i < 8; i += 2) {
    a[i] = __builtin_shufflevector(x[i], x[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    a[i + 1] = __builtin_shufflevector(x[i], x[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (std::size_t i = 0; i < 8; i += 4)
    for (std::size_t j = i; j < i + 2; ++j) {
      b[j] = __builtin_shufflevector(a[j], a[j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      b[j + 2] = __builtin_shufflevector(a[j], a[j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  for (std::size_t j = 0; j < 4; ++j) {
    x[j] = __builtin_shufflevector(b[j], b[j + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    x[j + 4] = __builtin_shufflevector(b[j], b[j + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

template <class Number>
[[gnu::always_inline]] inline words load_words(Number const* from) {
  words x;
  std::memcpy(&x, from, sizeof x);
  return x;
}
[[gnu::always_inline]] inline void store_words(std::uint32_t* to, words const& x) { std::memcpy(to, &x, sizeof x); }
// Eight words: the low half of each from `a`, the high half from `b`, if there is one.
[[gnu::always_inline]] inline words paired(bfloat16 const* a, bfloat16 const* b) {
  halves low, high{};
  std::memcpy(&low, a, sizeof low);
  if (b != nullptr) std::memcpy(&high, b, sizeof high);
  return __builtin_convertvector(low, words) | (__builtin_convertvector(high, words) << 16);
}

}  // namespace simd

// A matrix as words of 32 bits. float: its elements. bfloat16 in row pairs: word (i, j) is (2i, j) and (2i + 1, j), 0 beyond
// the last row; in column pairs: (i, 2j) and (i, 2j + 1). `rows` and `columns` are those of the words.
template <class Number>
struct vnni_row_pairs {
  Number const* data;
  std::int64_t stride, numbers_down;

  static constexpr bool plain = sizeof(Number) == 4;
  std::int64_t rows() const { return plain ? numbers_down : (numbers_down + 1) / 2; }
  [[gnu::always_inline]] simd::words eight(std::int64_t i, std::int64_t j) const {
    if constexpr (plain)
      return simd::load_words(data + i * stride + j);
    else
      return simd::paired(data + 2 * i * stride + j, 2 * i + 1 < numbers_down ? data + (2 * i + 1) * stride + j : nullptr);
  }
  [[gnu::always_inline]] std::uint32_t one(std::int64_t i, std::int64_t j) const {
    if constexpr (plain)
      return simd::as<std::uint32_t>(data[i * stride + j]);
    else {
      std::uint32_t const low = data[2 * i * stride + j].bits;
      std::uint32_t const high = 2 * i + 1 < numbers_down ? data[(2 * i + 1) * stride + j].bits : 0U;
      return low | (high << 16U);
    }
  }
};
template <class Number>
struct vnni_column_pairs {
  Number const* data;
  std::int64_t stride, down;  // bfloat16: an even number across

  static constexpr std::int64_t in_word = 4 / sizeof(Number);
  std::int64_t rows() const { return down; }
  [[gnu::always_inline]] simd::words eight(std::int64_t i, std::int64_t j) const {
    return simd::load_words(data + i * stride + j * in_word);
  }
  [[gnu::always_inline]] std::uint32_t one(std::int64_t i, std::int64_t j) const {
    std::uint32_t word;
    std::memcpy(&word, data + i * stride + j * in_word, sizeof word);
    return word;
  }
};

// Row i of `to`, with a row stride of `stride` words, gets the words (i, first) ... (i, first + columns - 1) and zeros up to
// `width`; rows beyond those of `from`, up to `height`, are zeros.
struct vnni_copy_kernel {
  template <class Words>
  [[gnu::always_inline]] static void run(Words const& from, std::int64_t first, std::int64_t columns, std::uint32_t* to,
                                         std::int64_t stride, std::int64_t height, std::int64_t width) {
    auto const rows = from.rows();
    for (std::int64_t i = 0; i < rows; ++i, to += stride) {
      std::int64_t j = 0;
      for (; j + simd::lanes <= columns; j += simd::lanes) simd::store_words(to + j, from.eight(i, first + j));
      for (; j < columns; ++j) to[j] = from.one(i, first + j);
      for (; j < width; ++j) to[j] = 0;
    }
    for (auto i = rows; i < height; ++i, to += stride) std::memset(to, 0, static_cast<std::size_t>(width) * sizeof *to);
  }
};

// Row j of `to`, with a row stride of `stride` words, gets the words (0, first + j) ... (rows - 1, first + j) and zeros up
// to `width`, for j < columns.
struct vnni_transpose_kernel {
  template <class Words>
  [[gnu::always_inline]] static void run(Words const& from, std::int64_t first, std::int64_t columns, std::uint32_t* to,
                                         std::int64_t stride, std::int64_t width) {
    auto const rows = from.rows();
    std::int64_t i = 0;
    for (; i + 8 <= rows; i += 8) {
      std::int64_t j = 0;
      for (; j + 8 <= columns; j += 8) {
        std::array<simd::words, 8> x;
#pragma GCC unroll 8
        for (std::int64_t r = 0; r < 8; ++r) x[static_cast<std::size_t>(r)] = from.eight(i + r, first + j);
        simd::transpose(x);
#pragma GCC unroll 8
        for (std::int64_t r = 0; r < 8; ++r) simd::store_words(to + (j + r) * stride + i, x[static_cast<std::size_t>(r)]);
      }
      for (; j < columns; ++j)
        for (std::int64_t r = 0; r < 8; ++r) to[j * stride + i + r] = from.one(i + r, first + j);
    }
    for (; i < width; ++i)
      for (std::int64_t j = 0; j < columns; ++j) to[j * stride + i] = i < rows ? from.one(i, first + j) : 0U;
  }
};

}  // namespace ease::inline v1::detail
