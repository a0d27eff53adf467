// SPDX-License-Identifier: Apache-2.0
#pragma once
// Single tiles of training's attention: softmax, its gradient, and packing. Scores are transposed, keys as rows and queries
// as columns, so that sums over a query run along vector lanes: no horizontal sums, and the tile of probabilities is a
// right operand without a copy.
#include <algorithm>
#include <array>
#include <cstdint>
#include <ease/train/ops/vnni_packing.hpp>
#include <limits>

namespace ease::inline v1::detail {

// Eight elements of each of two rows as the words of a right operand, rounded to bfloat16.
[[gnu::always_inline]] inline simd::words rounded_pair(simd::floats const& low, simd::floats const& high) {
  return (simd::rounded(low) >> 16) | (simd::rounded(high) & 0xFFFF0000U);
}

// Columns of one head's queries are adjacent: column g * width + i is query i of head g of the group.
// scores [height, group * width] of the tile of keys on the diagonal: -infinity where key > query.
inline void mask_diagonal(float* scores, std::int64_t height, std::int64_t width, std::int64_t group) {
  for (std::int64_t key = 1; key < height; ++key)
    for (std::int64_t g = 0; g < group; ++g)
      std::fill_n(scores + (key * group + g) * width, std::min(key, width), -std::numeric_limits<float>::infinity());
}

// scores [height, columns] -> unnormalised probabilities e^(scale * (score - maximum of the column)) as the words of a right
// operand, in place; top [columns]: the maximum of each column, sum [columns]: the sum of its probabilities.
template <class Number>
struct column_softmax_kernel {
  [[gnu::always_inline]] static void run(float* scores, std::int64_t height, std::int64_t columns, float scale, float* top,
                                         float* sum) {
    std::copy_n(scores, columns, top);
    for (std::int64_t i = 1; i < height; ++i)
      for (std::int64_t j = 0; j < columns; j += simd::lanes)
        simd::store(top + j, simd::larger(simd::load(scores + i * columns + j), simd::load(top + j)));
    std::fill_n(sum, columns, 0.0F);
    constexpr bool pairs = sizeof(Number) == 2;
    for (std::int64_t i = 0; i < height; i += pairs ? 2 : 1)
      for (std::int64_t j = 0; j < columns; j += simd::lanes) {
        auto const most = simd::load(top + j);
        auto const probability = [&](std::int64_t row) __attribute__((always_inline)) {
          return simd::exp_of_nonpositive((simd::load(scores + row * columns + j) - most) * scale);
        };
        auto const first = probability(i);
        if constexpr (pairs) {
          auto const second = probability(i + 1);
          simd::store(sum + j, simd::load(sum + j) + first + second);
          // Row i / 2 of the words is written after rows i and i + 1 of the scores were read: writing never overtakes.
          simd::store_words(reinterpret_cast<std::uint32_t*>(scores) + i / 2 * columns + j, rounded_pair(first, second));
        } else {
          simd::store(sum + j, simd::load(sum + j) + first);
          simd::store(scores + i * columns + j, first);
        }
      }
  }
};

// One tile of scores and of the gradients of the probabilities, both [height, columns] -> probabilities
// e^(scale * score - logsumexp) and the gradients of the scores, scale * probability * (gradient - mean), as left operands;
// the latter as a right operand too.
template <class Number>
struct column_softmax_backward_kernel {
  [[gnu::always_inline]] static void run(float const* scores, float const* gradient, std::int64_t height,
                                         std::int64_t columns, float scale, float const* logsumexp, float const* mean,
                                         Number* probabilities, Number* left, std::uint32_t* right) {
    constexpr bool pairs = sizeof(Number) == 2;
    for (std::int64_t i = 0; i < height; i += pairs ? 2 : 1)
      for (std::int64_t j = 0; j < columns; j += simd::lanes) {
        auto const minus = simd::load(logsumexp + j), middle = simd::load(mean + j);
        auto const one = [&](std::int64_t at) __attribute__((always_inline)) {
          auto const probability = simd::exp_of_nonpositive(simd::load(scores + at) * scale - minus);
          simd::store(probabilities + at, probability);
          simd::floats const grad_score = probability * (simd::load(gradient + at) - middle) * scale;
          simd::store(left + at, grad_score);
          return grad_score;
        };
        auto const first = one(i * columns + j);
        if constexpr (pairs) simd::store_words(right + i / 2 * columns + j, rounded_pair(first, one((i + 1) * columns + j)));
      }
  }
};

// to [count rows of to_stride numbers] := the transpose of from [depth, from_stride], columns [0, count), times `times`
// each.
template <class Number>
struct put_transposed_kernel {
  [[gnu::always_inline]] static void run(float const* from, std::int64_t from_stride, std::int64_t depth, std::int64_t count,
                                         float const* times, Number* to, std::int64_t to_stride) {
    for (std::int64_t i = 0; i < count; i += 8)
      for (std::int64_t j = 0; j < depth; j += 8) {
        std::array<simd::words, 8> x;
        for (std::int64_t r = 0; r < 8; ++r) {
          auto row = simd::load(from + (j + r) * from_stride + i);
          if (times != nullptr) row *= simd::load(times + i);
          x[static_cast<std::size_t>(r)] = simd::as<simd::words>(row);
        }
        simd::transpose(x);
        for (std::int64_t r = 0; r < std::min<std::int64_t>(8, count - i); ++r)
          simd::store(to + (i + r) * to_stride + j, simd::as<simd::floats>(x[static_cast<std::size_t>(r)]));
      }
  }
};

// to[i] := <row i of a, row i of b>, rows `stride` apart.
struct dot_rows_kernel {
  template <class Number>
  [[gnu::always_inline]] static void run(Number const* a, Number const* b, std::int64_t stride, std::int64_t rows,
                                         std::int64_t depth, float* to) {
    for (std::int64_t i = 0; i < rows; ++i) {
      simd::floats total{};
      for (std::int64_t j = 0; j < depth; j += simd::lanes)
        total += simd::load(a + i * stride + j) * simd::load(b + i * stride + j);
      to[i] = simd::sum(total);
    }
  }
};

}  // namespace ease::inline v1::detail
