// SPDX-License-Identifier: Apache-2.0
#pragma once
// Decode attention on the CPU: one new token of each sequence over its cached keys and values. libtorch's own attention
// needs sequences of equal length or a mask, so short ones pay for long ones and grouped queries read the cache several
// times; here each sequence's cache is streamed once, whatever its length. Softmax and sums are float32 also where the cache
// is bfloat16. Non-goals: prefill (many queries a sequence: libtorch's flash attention is fast there), gradients, other
// devices.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ease/llm/decoder/simd.hpp>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

namespace ease::inline v1::detail {

// One key/value head of one sequence. queries, out: [group, width]; keys, values: [length, width]. Keys are read, but not
// used, up to the next multiple of 8 beyond length.
template <class Number>
struct attention_item {
  Number const* queries;
  Number const* keys;
  Number const* values;
  Number* out;
  std::int64_t length, group, width;
};

struct decode_attention_kernel {
  template <class Number>
  [[gnu::always_inline]] static void run(attention_item<Number> const& it, std::vector<float>& scratch) {
    std::int64_t const width = it.width, padded = (it.length + 7) / 8 * 8;
    scratch.resize(static_cast<std::size_t>(it.group * padded + 2 * it.group * width + 8 * width));
    float* const scores = scratch.data();               // [group, padded]
    float* const queries = scores + it.group * padded;  // [group, width], scaled
    float* const mixed = queries + it.group * width;    // [group, width]
    float* const block = mixed + it.group * width;      // [8, width]: eight keys or values as floats
    float const scale = 1.0F / std::sqrt(static_cast<float>(width));
    for (std::int64_t i = 0; i < it.group * width; i += simd::lanes) {
      simd::store(queries + i, simd::load(it.queries + i) * scale);
      simd::store(mixed + i, simd::floats{});
    }
    for (std::int64_t j = 0; j < it.length; j += 8) {
      float const* const keys = widened(it.keys + j * width, 8 * width, block);
      for (std::int64_t g = 0; g < it.group; ++g) {
        std::array<simd::floats, 8> dot{};
        for (std::int64_t d = 0; d < width; d += simd::lanes) {
          simd::floats const q = simd::load(queries + g * width + d);
          for (std::int64_t t = 0; t < 8; ++t) dot[static_cast<std::size_t>(t)] += q * simd::load(keys + t * width + d);
        }
        simd::store(scores + g * padded + j, simd::sums(dot));
      }
    }
    for (std::int64_t g = 0; g < it.group; ++g) softmax(scores + g * padded, it.length, padded);
    for (std::int64_t j = 0; j < it.length; j += 8) {
      std::int64_t const count = std::min<std::int64_t>(8, it.length - j);
      float const* const values = widened(it.values + j * width, count * width, block);
      for (std::int64_t g = 0; g < it.group; ++g) {
        float const* const probabilities = scores + g * padded + j;
        float* const sum = mixed + g * width;
        std::int64_t d = 0;
        for (; d + 64 <= width; d += 64) add<8>(sum + d, values + d, probabilities, count, width);
        for (; d < width; d += simd::lanes) add<1>(sum + d, values + d, probabilities, count, width);
      }
    }
    for (std::int64_t i = 0; i < it.group * width; i += simd::lanes) simd::store(it.out + i, simd::load(mixed + i));
  }

 private:
  [[gnu::always_inline]] static float const* widened(float const* from, std::int64_t, float*) { return from; }
  [[gnu::always_inline]] static float const* widened(simd::bfloat16 const* from, std::int64_t n, float* to) {
    for (std::int64_t i = 0; i < n; i += simd::lanes) simd::store(to + i, simd::load(from + i));
    return to;
  }

  // Probabilities that sum to one over [0, length); what is beyond becomes 0.
  [[gnu::always_inline]] static void softmax(float* scores, std::int64_t length, std::int64_t padded) {
    for (std::int64_t j = length; j < padded; ++j) scores[j] = -std::numeric_limits<float>::infinity();
    simd::floats most = simd::load(scores);
    for (std::int64_t j = simd::lanes; j < padded; j += simd::lanes) most = simd::larger(simd::load(scores + j), most);
    float const top = simd::largest(most);
    simd::floats total{};
    for (std::int64_t j = 0; j < padded; j += simd::lanes) {
      simd::floats const weight = simd::exp_of_nonpositive(simd::load(scores + j) - top);
      simd::store(scores + j, weight);
      total += weight;
    }
    float const one = 1.0F / simd::sum(total);
    for (std::int64_t j = 0; j < padded; j += simd::lanes) simd::store(scores + j, simd::load(scores + j) * one);
  }

  // sum[0 .. 8 * Vectors) += probabilities[t] * values[t]
  template <int Vectors>
  [[gnu::always_inline]] static void add(float* sum, float const* values, float const* probabilities, std::int64_t count,
                                         std::int64_t width) {
    simd::floats part[Vectors];
    for (int i = 0; i < Vectors; ++i) part[i] = simd::load(sum + i * simd::lanes);
    for (std::int64_t t = 0; t < count; ++t) {
      simd::floats const weight = simd::all(probabilities[t]);
      for (int i = 0; i < Vectors; ++i) part[i] += weight * simd::load(values + t * width + i * simd::lanes);
    }
    for (int i = 0; i < Vectors; ++i) simd::store(sum + i * simd::lanes, part[i]);
  }
};

template <class Number>
void decode_attention(at::Tensor const& q, at::Tensor const& keys, at::Tensor const& values,
                      std::span<std::int64_t const> slots, std::span<std::int64_t const> lengths, at::Tensor& out) {
  std::int64_t const heads = keys.size(1), capacity = keys.size(2), width = keys.size(3), group = q.size(1) / heads;
  auto const rows = static_cast<std::int64_t>(slots.size());
  // Threads get equal work, not equal counts: sequences differ in length.
  std::vector<std::int64_t> work(static_cast<std::size_t>(rows * heads) + 1);
  for (std::int64_t i = 0; i < rows * heads; ++i)
    work[static_cast<std::size_t>(i) + 1] =
        work[static_cast<std::size_t>(i)] + lengths[static_cast<std::size_t>(i / heads)] + 16;
  auto const* const q_data = static_cast<Number const*>(q.const_data_ptr());
  auto const* const k_data = static_cast<Number const*>(keys.const_data_ptr());
  auto const* const v_data = static_cast<Number const*>(values.const_data_ptr());
  auto* const out_data = static_cast<Number*>(out.mutable_data_ptr());
  std::int64_t const threads = work.back() < 512 ? 1 : std::min<std::int64_t>(at::get_num_threads(), rows * heads);
  auto const first_of = [&](std::int64_t thread) {
    return std::lower_bound(work.begin(), work.end(), work.back() * thread / threads) - work.begin();
  };
  at::parallel_for(0, threads, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> scratch;
    std::int64_t const last = end == threads ? rows * heads : first_of(end);
    for (std::int64_t i = first_of(begin); i < last; ++i) {
      std::int64_t const row = i / heads, head = i % heads;
      std::int64_t const base = (slots[static_cast<std::size_t>(row)] * heads + head) * capacity * width;
      std::int64_t const at = i * group * width;
      simd::run<decode_attention_kernel>(attention_item<Number>{q_data + at, k_data + base, v_data + base, out_data + at,
                                                                lengths[static_cast<std::size_t>(row)], group, width},
                                         scratch);
    }
  });
}

// q: [rows, heads, width]; keys, values: [slots, kv_heads, capacity, width], capacity and width multiples of 8; row r reads
// the first lengths[r] positions of slot slots[r]. -> [rows, heads, width]. All contiguous, on the CPU, float32 or bfloat16.
inline at::Tensor decode_attention(at::Tensor const& q, at::Tensor const& keys, at::Tensor const& values,
                                   std::span<std::int64_t const> slots, std::span<std::int64_t const> lengths) {
  at::Tensor const queries = q.contiguous();
  at::Tensor out = at::empty_like(queries);
  if (q.scalar_type() == at::kBFloat16)
    decode_attention<simd::bfloat16>(queries, keys, values, slots, lengths, out);
  else
    decode_attention<float>(queries, keys, values, slots, lengths, out);
  return out;
}

}  // namespace ease::inline v1::detail
