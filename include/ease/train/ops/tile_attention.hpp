// SPDX-License-Identifier: Apache-2.0
#pragma once
// Block-diagonal causal attention with its backward pass, for the CPU, after FlashAttention-2 (Dao 2023): tiles that stay in
// a core's own cache, and scores that are recomputed in the backward pass. Tiles above the diagonal are skipped, memory
// grows with the number of tokens, and rows may have any length.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ease/train/ops/attention_tiles.hpp>
#include <ease/train/ops/tensor_numbers.hpp>
#include <ease/train/ops/tile_kernels.hpp>
#include <memory>
#include <utility>
#include <vector>

namespace ease::inline v1::detail {

// The tiles of a batch. q [n, heads, d]; k, v [n, kv_heads, d].
struct attention_plan {
  std::int64_t heads, kv_heads, d;
  std::vector<std::int64_t> starts{}, lengths{}, first_tiles{};  // of each row
  std::vector<std::pair<std::int64_t, std::int64_t>> places{};   // of each tile: its row, and its index in that row
  std::int64_t tokens{0};

  attention_plan(at::Tensor const& q, at::Tensor const& k, std::vector<std::int64_t> const& row_lengths)
      : heads{q.size(1)}, kv_heads{k.size(1)}, d{q.size(2)}, lengths{row_lengths} {
    for (auto const length : lengths) {
      first_tiles.push_back(tiles());
      for (std::int64_t i = 0; i * tile < length; ++i) places.emplace_back(std::ssize(starts), i);
      starts.push_back(tokens);
      tokens += length;
    }
  }
  std::int64_t rows() const { return std::ssize(lengths); }
  std::int64_t tiles() const { return std::ssize(places); }
  std::int64_t group() const { return heads / kv_heads; }
  float scale() const { return static_cast<float>(1.0 / std::sqrt(static_cast<double>(d))); }
};

// A tile of a row's tokens, the same for queries and keys.
struct token_tile {
  std::int64_t start, count, width;  // start in the batch; width: count rounded up, so that few kernels are generated

  token_tile(attention_plan const& plan, std::int64_t row, std::int64_t index) {
    auto const at = static_cast<std::size_t>(row);
    start = plan.starts[at] + index * tile;
    count = std::min(tile, plan.lengths[at] - index * tile);
    width = rounded_up(count, 16);
  }
};

template <class Number>
class tile_attention {
 public:
  explicit tile_attention(attention_plan const& plan) : plan_{plan} {}

  // out [n, heads, d]; logsumexps [heads, n]: the logarithm of the sum that softmax divides by.
  void forward(Number const* q, Number const* k, Number const* v, Number* out, float* logsumexps) {
    auto const keys = packed_keys(k, false), values = packed_keys(v, true);
    each_task(plan_.kv_heads * plan_.tiles(), [&](std::int64_t task) {
      // The last blocks of a row first: they attend to the most keys.
      auto const [row, block] = plan_.places[static_cast<std::size_t>(plan_.tiles() - 1 - task / plan_.kv_heads)];
      forward_block(q, keys, values, out, logsumexps, row, block, task % plan_.kv_heads);
    });
  }

  // The gradients of q, and of k and v as sums over the first axis of k_parts, v_parts [parts, n, kv_heads, d].
  void backward(Number const* q, Number const* k, Number const* v, Number const* out, float const* logsumexps,
                Number const* grad_output, Number* q_gradient, float* k_parts, float* v_parts, std::int64_t parts) {
    auto const keys = packed_keys(k, false), keys_across = packed_keys(k, true), values = packed_keys(v, false);
    each_task(plan_.rows() * plan_.kv_heads * parts, [&](std::int64_t task) {
      auto const part = task % parts, kv_head = task / parts % plan_.kv_heads, row = task / parts / plan_.kv_heads;
      backward_part({q, out, grad_output, logsumexps, q_gradient}, keys, keys_across, values,
                    k_parts + part * plan_.tokens * kv_width(), v_parts + part * plan_.tokens * kv_width(), row, kv_head,
                    part, parts);
    });
  }

 private:
  static constexpr std::int64_t in_word = 4 / sizeof(Number);

  // The keys of each tile and head as left operands of width 64: [64, d], or transposed [d, 64], zeros beyond a row's end.
  struct key_tiles {
    std::unique_ptr<Number[]> numbers;
    std::int64_t kv_heads, d;
    Number const* at(std::int64_t index, std::int64_t kv_head) const {
      return numbers.get() + (index * kv_heads + kv_head) * tile * d;
    }
  };

  std::int64_t width() const { return plan_.heads * plan_.d; }
  std::int64_t kv_width() const { return plan_.kv_heads * plan_.d; }

  key_tiles packed_keys(Number const* k, bool across) const {
    key_tiles packed{scratch<Number>(plan_.tiles() * plan_.kv_heads * tile * plan_.d), plan_.kv_heads, plan_.d};
    at::parallel_for(0, plan_.tiles(), 1, [&](std::int64_t begin, std::int64_t end) {
      for (auto i = begin; i < end; ++i) {
        auto const [row, block] = plan_.places[static_cast<std::size_t>(i)];
        token_tile const t{plan_, row, block};
        for (std::int64_t head = 0; head < plan_.kv_heads; ++head) {
          auto* const to = reinterpret_cast<std::uint32_t*>(const_cast<Number*>(packed.at(i, head)));
          auto const* const from = k + t.start * kv_width() + head * plan_.d;
          if (across)
            simd::run<vnni_transpose_kernel>(vnni_row_pairs<Number>{from, kv_width(), t.count}, 0, plan_.d, to,
                                             tile / in_word, tile / in_word);
          else
            simd::run<vnni_copy_kernel>(vnni_column_pairs<Number>{from, kv_width(), t.count}, 0, plan_.d / in_word, to,
                                        plan_.d / in_word, tile, plan_.d / in_word);
        }
      }
    });
    return packed;
  }

  // A tile's queries of a group as a right operand [d, group * width], or [group * width, d].
  void pack_queries(Number const* q, token_tile const& t, std::int64_t kv_head, bool across, std::uint32_t* to) const {
    for (std::int64_t g = 0; g < plan_.group(); ++g) {
      auto const* const from = q + t.start * width() + (kv_head * plan_.group() + g) * plan_.d;
      if (across)
        simd::run<vnni_transpose_kernel>(vnni_column_pairs<Number>{from, width(), t.count}, 0, plan_.d / in_word,
                                         to + g * t.width, plan_.group() * t.width, t.width);
      else
        simd::run<vnni_copy_kernel>(vnni_row_pairs<Number>{from, width(), t.count}, 0, plan_.d,
                                    to + g * t.width / in_word * plan_.d, plan_.d, t.width / in_word, plan_.d);
    }
  }

  void forward_block(Number const* q, key_tiles const& keys, key_tiles const& values, Number* out, float* logsumexps,
                     std::int64_t row, std::int64_t block, std::int64_t kv_head) const {
    token_tile const t{plan_, row, block};
    auto const d = plan_.d, columns = plan_.group() * t.width, height = block * tile + t.width;
    auto const first = plan_.first_tiles[static_cast<std::size_t>(row)];
    auto const queries = scratch<std::uint32_t>(d / in_word * columns);
    auto const scores = scratch<float>(height * columns), mixed = scratch<float>(d * columns);
    auto const top = scratch<float>(columns), sum = scratch<float>(columns);
    pack_queries(q, t, kv_head, true, queries.get());
    auto const* const right = reinterpret_cast<Number const*>(queries.get());
    for (std::int64_t i = 0; i <= block; ++i)
      tile_product(i < block ? tile : t.width, columns, d, keys.at(first + i, kv_head), d, right, columns,
                   scores.get() + i * tile * columns, columns, false);
    mask_diagonal(scores.get() + block * tile * columns, t.width, t.width, plan_.group());
    simd::run<column_softmax_kernel<Number>>(scores.get(), height, columns, plan_.scale(), top.get(), sum.get());
    auto const* const probabilities = reinterpret_cast<Number const*>(scores.get());
    for (std::int64_t i = 0; i <= block; ++i)
      tile_product(d, columns, i < block ? tile : t.width, values.at(first + i, kv_head), tile,
                   probabilities + i * tile * columns, columns, mixed.get(), columns, i > 0);
    for (std::int64_t g = 0; g < plan_.group(); ++g) {
      auto const head = kv_head * plan_.group() + g;
      for (std::int64_t i = 0; i < t.width; ++i) {
        auto& s = sum[static_cast<std::size_t>(g * t.width + i)];
        if (i < t.count)
          logsumexps[head * plan_.tokens + t.start + i] =
              plan_.scale() * top[static_cast<std::size_t>(g * t.width + i)] + std::log(s);
        s = 1.0F / s;
      }
      simd::run<put_transposed_kernel<Number>>(mixed.get() + g * t.width, columns, d, t.count, sum.get() + g * t.width,
                                               out + t.start * width() + head * d, width());
    }
    release_tiles<Number>();
  }

  struct query_side {
    Number const *q, *out, *grad_output;
    float const* logsumexps;
    Number* gradient;
  };

  // The blocks part, part + parts, ... of a row's queries, for one group.
  void backward_part(query_side const& side, key_tiles const& keys, key_tiles const& keys_across, key_tiles const& values,
                     float* k_gradient, float* v_gradient, std::int64_t row, std::int64_t kv_head, std::int64_t part,
                     std::int64_t parts) const {
    auto const length = plan_.lengths[static_cast<std::size_t>(row)], start = plan_.starts[static_cast<std::size_t>(row)];
    auto const first = plan_.first_tiles[static_cast<std::size_t>(row)];
    auto const d = plan_.d, most = plan_.group() * tile;
    auto const k_sum = scratch<float>(rounded_up(length, tile) * d), v_sum = scratch<float>(rounded_up(length, tile) * d);
    std::fill_n(k_sum.get(), rounded_up(length, tile) * d, 0.0F);
    std::fill_n(v_sum.get(), rounded_up(length, tile) * d, 0.0F);
    auto const q_across = scratch<std::uint32_t>(d / in_word * most),
               grad_across = scratch<std::uint32_t>(d / in_word * most), q_down = scratch<std::uint32_t>(d / in_word * most),
               grad_down = scratch<std::uint32_t>(d / in_word * most), right = scratch<std::uint32_t>(tile / in_word * most);
    auto const scores = scratch<float>(tile * most), grad_scores = scratch<float>(tile * most),
               q_sum = scratch<float>(d * most), logsumexp = scratch<float>(most), mean = scratch<float>(most);
    auto const probabilities = scratch<Number>(tile * most), left = scratch<Number>(tile * most);
    auto const as_numbers = [](std::unique_ptr<std::uint32_t[]> const& x) {
      return reinterpret_cast<Number const*>(x.get());
    };
    for (auto block = part; block * tile < length; block += parts) {
      token_tile const t{plan_, row, block};
      auto const columns = plan_.group() * t.width;
      pack_queries(side.q, t, kv_head, true, q_across.get()), pack_queries(side.q, t, kv_head, false, q_down.get());
      pack_queries(side.grad_output, t, kv_head, true, grad_across.get()),
          pack_queries(side.grad_output, t, kv_head, false, grad_down.get());
      sum_columns(side, t, kv_head, logsumexp.get(), mean.get());
      for (std::int64_t i = 0; i <= block; ++i) {
        auto const height = i < block ? tile : t.width;
        tile_product(height, columns, d, keys.at(first + i, kv_head), d, as_numbers(q_across), columns, scores.get(),
                     columns, false);
        if (i == block) mask_diagonal(scores.get(), height, t.width, plan_.group());
        tile_product(height, columns, d, values.at(first + i, kv_head), d, as_numbers(grad_across), columns,
                     grad_scores.get(), columns, false);
        simd::run<column_softmax_backward_kernel<Number>>(scores.get(), grad_scores.get(), height, columns, plan_.scale(),
                                                          logsumexp.get(), mean.get(), probabilities.get(), left.get(),
                                                          right.get());
        tile_product(height, d, columns, probabilities.get(), columns, as_numbers(grad_down), d, v_sum.get() + i * tile * d,
                     d, true);
        tile_product(height, d, columns, left.get(), columns, as_numbers(q_down), d, k_sum.get() + i * tile * d, d, true);
        tile_product(d, columns, height, keys_across.at(first + i, kv_head), tile,
                     in_word == 1 ? left.get() : as_numbers(right), columns, q_sum.get(), columns, i > 0);
      }
      for (std::int64_t g = 0; g < plan_.group(); ++g)
        simd::run<put_transposed_kernel<Number>>(
            q_sum.get() + g * t.width, columns, d, t.count, static_cast<float const*>(nullptr),
            side.gradient + t.start * width() + (kv_head * plan_.group() + g) * d, width());
    }
    for (std::int64_t i = 0; i < length; ++i) {
      std::copy_n(k_sum.get() + i * d, d, k_gradient + (start + i) * kv_width() + kv_head * d);
      std::copy_n(v_sum.get() + i * d, d, v_gradient + (start + i) * kv_width() + kv_head * d);
    }
    release_tiles<Number>();
  }

  // The logsumexp of each column, and the mean of the gradients of its probabilities: <grad_output, output>.
  void sum_columns(query_side const& side, token_tile const& t, std::int64_t kv_head, float* logsumexp, float* mean) const {
    for (std::int64_t g = 0; g < plan_.group(); ++g) {
      auto const head = kv_head * plan_.group() + g, at = t.start * width() + head * plan_.d;
      std::copy_n(side.logsumexps + head * plan_.tokens + t.start, t.count, logsumexp + g * t.width);
      simd::run<dot_rows_kernel>(side.grad_output + at, side.out + at, width(), t.count, plan_.d, mean + g * t.width);
      std::fill(logsumexp + g * t.width + t.count, logsumexp + (g + 1) * t.width, 0.0F);
      std::fill(mean + g * t.width + t.count, mean + (g + 1) * t.width, 0.0F);
    }
  }

  attention_plan const& plan_;
};

// q [n, heads, d]; k, v [n, kv_heads, d]; float32 or bfloat16 on the CPU -> [n, heads, d].
struct row_attention : torch::autograd::Function<row_attention> {
  static bool fits(at::Tensor const& q) {
    return q.is_cpu() && q.size(2) % 8 == 0 &&
           ((q.scalar_type() == at::kFloat && has_tiles<float>()) ||
            (q.scalar_type() == at::kBFloat16 && has_tiles<simd::bfloat16>()));
  }

  static at::Tensor forward(torch::autograd::AutogradContext* context, at::Tensor q, at::Tensor k, at::Tensor v,
                            std::vector<std::int64_t> const& lengths) {
    q = q.contiguous(), k = k.contiguous(), v = v.contiguous();
    attention_plan const plan{q, k, lengths};
    auto out = at::empty_like(q), logsumexps = at::empty({plan.heads, plan.tokens}, q.options().dtype(at::kFloat));
    dispatch_dtype(q, [&]<class Number>(Number) {
      tile_attention<Number>{plan}.forward(read<Number>(q), read<Number>(k), read<Number>(v), write<Number>(out),
                                           write<float>(logsumexps));
    });
    context->save_for_backward({q, k, v, out, logsumexps});
    context->saved_data["lengths"] = lengths;
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list const& upstream) {
    auto const saved = context->get_saved_variables();
    auto const &q = saved[0], &k = saved[1], &v = saved[2], &out = saved[3], &logsumexps = saved[4];
    attention_plan const plan{q, k, context->saved_data["lengths"].toIntVector()};
    auto const grad_output = upstream.front().contiguous();
    // Few rows and heads are split into parts for the threads, by the batch alone: sums do not depend on the machine.
    auto const parts = std::clamp<std::int64_t>(16 / (plan.rows() * plan.kv_heads), 1, 8);
    auto q_gradient = at::empty_like(q);
    auto sums = at::empty({2, parts, plan.tokens, plan.kv_heads, plan.d}, q.options().dtype(at::kFloat));
    dispatch_dtype(q, [&]<class Number>(Number) {
      tile_attention<Number>{plan}.backward(read<Number>(q), read<Number>(k), read<Number>(v), read<Number>(out),
                                            read<float>(logsumexps), read<Number>(grad_output), write<Number>(q_gradient),
                                            write<float>(sums), write<float>(sums) + sums.numel() / 2, parts);
    });
    auto const type = q.scalar_type();
    return {q_gradient, sums[0].sum(0).to(type), sums[1].sum(0).to(type), {}};
  }
};

}  // namespace ease::inline v1::detail
