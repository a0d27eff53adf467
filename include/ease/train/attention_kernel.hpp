#pragma once
// Block-diagonal causal attention with its backward pass, for the CPU. libtorch's flash attention for the CPU multiplies its
// small tiles at an eighth of the rate that oneDNN reaches on whole rows (bfloat16, 250 tokens: 10.7 ms against 2.5 ms for
// both passes on one core), so rows of up to `longest_row` tokens take the plain way here: products of whole matrices, the
// query heads of a group folded into one, and one pass over the scores for softmax. Beyond that the square of the scores
// costs more memory than it saves time, and packed_attention falls back to libtorch's.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "ease/train/partial_lanes.hpp"

namespace ease::detail {

// row[0, valid) := softmax(scale * row), row[valid, width) := 0. `wide` holds at least `valid` floats, rounded up to 8.
struct causal_softmax_kernel {
  template <class Number>
  [[gnu::always_inline]] static void run(Number* row, std::int64_t valid, std::int64_t width, float scale, float* wide) {
    auto most = simd::all(-std::numeric_limits<float>::infinity());
    for (std::int64_t j = 0; j < valid; j += simd::lanes) {
      auto const x = load_some(row + j, valid - j) * scale;
      simd::store(wide + j, x);
      for (auto lane = valid - j; lane < simd::lanes; ++lane) wide[j + lane] = -std::numeric_limits<float>::infinity();
      most = simd::larger(simd::load(wide + j), most);
    }
    float const top = simd::largest(most);
    simd::floats total{};
    for (std::int64_t j = 0; j < valid; j += simd::lanes) {
      auto const share = simd::exp_of_nonpositive(simd::load(wide + j) - top);
      simd::store(wide + j, share);
      total += share;
    }
    float const one = 1.0F / simd::sum(total);
    for (std::int64_t j = 0; j < valid; j += simd::lanes) store_some(row + j, simd::load(wide + j) * one, valid - j);
    std::memset(static_cast<void*>(row + valid), 0, static_cast<std::size_t>(width - valid) * sizeof(Number));
  }
};

// gradient of softmax(scale * s) in s: row := scale * shares * (row - <shares, row>), 0 beyond `valid`.
struct causal_softmax_backward_kernel {
  template <class Number>
  [[gnu::always_inline]] static void run(Number* row, Number const* shares, std::int64_t valid, std::int64_t width,
                                         float scale) {
    simd::floats dots{};
    for (std::int64_t j = 0; j < valid; j += simd::lanes)
      dots += load_some(row + j, valid - j) * load_some(shares + j, valid - j);
    float const dot = simd::sum(dots);
    for (std::int64_t j = 0; j < valid; j += simd::lanes)
      store_some(row + j, load_some(shares + j, valid - j) * (load_some(row + j, valid - j) - dot) * scale, valid - j);
    std::memset(static_cast<void*>(row + valid), 0, static_cast<std::size_t>(width - valid) * sizeof(Number));
  }
};

// Calls f(row, scratch of a row's size) for the rows of scores [kv_heads, length * group, length], in parallel.
template <class F>
void each_score_row(at::Tensor const& scores, F const& f) {
  at::parallel_for(0, scores.size(0) * scores.size(1), 64, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> wide(static_cast<std::size_t>((scores.size(2) + 7) / 8 * 8));
    for (auto row = begin; row < end; ++row) f(row, wide.data());
  });
}

template <class Number>
void causal_softmax(at::Tensor& scores, std::int64_t group, float scale) {
  auto* const data = static_cast<Number*>(scores.mutable_data_ptr());
  auto const width = scores.size(2), queries = scores.size(1);
  each_score_row(scores, [=](std::int64_t row, float* wide) {
    simd::run<causal_softmax_kernel>(data + row * width, row % queries / group + 1, width, scale, wide);
  });
}
template <class Number>
void causal_softmax_backward(at::Tensor& gradient, at::Tensor const& shares, std::int64_t group, float scale) {
  auto* const data = static_cast<Number*>(gradient.mutable_data_ptr());
  auto const* const share_data = static_cast<Number const*>(shares.const_data_ptr());
  auto const width = gradient.size(2), queries = gradient.size(1);
  each_score_row(gradient, [=](std::int64_t row, float*) {
    simd::run<causal_softmax_backward_kernel>(data + row * width, share_data + row * width, row % queries / group + 1, width,
                                              scale);
  });
}

// [length, kv_heads * group, d] <-> [kv_heads, length * group, d]: the heads that share a key become one matrix.
inline at::Tensor folded(at::Tensor const& x, std::int64_t kv_heads) {
  auto const length = x.size(0), group = x.size(1) / kv_heads, d = x.size(2);
  return x.view({length, kv_heads, group, d}).transpose(0, 1).contiguous().view({kv_heads, length * group, d});
}
inline at::Tensor unfolded(at::Tensor const& x, std::int64_t length) {
  auto const kv_heads = x.size(0), group = x.size(1) / length, d = x.size(2);
  return x.view({kv_heads, length, group, d}).transpose(0, 1).contiguous().view({length, kv_heads * group, d});
}

struct row_attention : torch::autograd::Function<row_attention> {
  static constexpr std::int64_t longest_row{768};

  // q [n, heads, d]; k, v [n, kv_heads, d]; float32 or bfloat16 on the CPU -> [n, heads, d].
  static at::Tensor forward(torch::autograd::AutogradContext* context, at::Tensor q, at::Tensor k, at::Tensor v,
                            std::vector<std::int64_t> const& lengths) {
    q = q.contiguous(), k = k.contiguous(), v = v.contiguous();
    auto const kv_heads = k.size(1), group = q.size(1) / kv_heads;
    auto const scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(q.size(2))));
    auto out = at::empty_like(q);
    std::vector<at::Tensor> saved{q, k, v};
    std::int64_t start = 0;
    for (auto const length : lengths) {
      auto const of_row = [&](at::Tensor const& x) { return folded(x.narrow(0, start, length), kv_heads); };
      auto shares = at::bmm(of_row(q), of_row(k).transpose(1, 2));  // [kv_heads, length * group, length]
      if (q.scalar_type() == at::kFloat)
        causal_softmax<float>(shares, group, scale);
      else
        causal_softmax<simd::bfloat16>(shares, group, scale);
      out.narrow(0, start, length).copy_(unfolded(at::bmm(shares, of_row(v)), length));
      saved.push_back(shares);
      start += length;
    }
    context->save_for_backward(saved);
    context->saved_data["lengths"] = lengths;
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list const& upstream) {
    auto const saved = context->get_saved_variables();
    auto const lengths = context->saved_data["lengths"].toIntVector();
    auto const &q = saved[0], &k = saved[1], &v = saved[2];
    auto const by = upstream.front().contiguous();
    auto const kv_heads = k.size(1), group = q.size(1) / kv_heads;
    auto const scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(q.size(2))));
    auto q_gradient = at::empty_like(q), k_gradient = at::empty_like(k), v_gradient = at::empty_like(v);
    std::int64_t start = 0;
    for (std::size_t row = 0; row < lengths.size(); ++row) {
      auto const length = lengths[row];
      auto const of_row = [&](at::Tensor const& x) { return folded(x.narrow(0, start, length), kv_heads); };
      auto const put = [&](at::Tensor& to, at::Tensor const& x) { to.narrow(0, start, length).copy_(unfolded(x, length)); };
      auto const& shares = saved[3 + row];
      auto const row_by = of_row(by);
      put(v_gradient, at::bmm(shares.transpose(1, 2), row_by));
      auto scores = at::bmm(row_by, of_row(v).transpose(1, 2));
      if (q.scalar_type() == at::kFloat)
        causal_softmax_backward<float>(scores, shares, group, scale);
      else
        causal_softmax_backward<simd::bfloat16>(scores, shares, group, scale);
      put(q_gradient, at::bmm(scores, of_row(k)));
      put(k_gradient, at::bmm(scores.transpose(1, 2), of_row(q)));
      start += length;
    }
    return {q_gradient, k_gradient, v_gradient, {}};
  }
};

}  // namespace ease::detail
