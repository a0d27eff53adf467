// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a block computes with (llm/arch) on the CPU: the same functions as inference_ops (llm/decoder/forward.hpp), each
// called by all threads of a team at once (ops/thread_team.hpp), which share the work. Results are in memory of the pass;
// when a function returns, all threads see them.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <ease/llm/network/packed_weights.hpp>
#include <ease/ops/add.hpp>
#include <ease/ops/linear.hpp>
#include <ease/ops/rms_norm.hpp>
#include <ease/ops/swiglu.hpp>
#include <ease/ops/thread_team.hpp>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// Rows [rows, heads, width], a row's heads side by side; `stride` numbers from row to row.
template <class Number>
struct activations {
  Number* data{};
  std::int64_t rows{}, stride{}, heads{1}, width{};
  bool by_head{false};  // seen as heads, be it only one

  std::int64_t size(int) const { return rows; }
  activations view(std::array<std::int64_t, 3> const& shape) const { return {data, rows, stride, shape[1], shape[2], true}; }
  activations reshape(std::array<std::int64_t, 2> const& shape) const { return {data, rows, stride, 1, shape[1]}; }
  ops::row_block<Number> block() const { return {data, rows, stride}; }
  ops::row_block<Number const> const_block() const { return {data, rows, stride}; }
  Number* head(std::int64_t row, std::int64_t h) const { return data + row * stride + h * width; }
};

// cos and sin [head_dim] of each row's position.
template <class Number>
struct packed_rotary {
  std::vector<Number const*> cos{}, sin{};
};

// Heads to be rotated: the rotation is done where keys are written to the cache.
template <class Number>
struct unrotated {
  activations<Number> heads;
  packed_rotary<Number> const* at;
};

template <class Number>
class packed_ops {
 public:
  // Without a team: nothing is computed, and used() tells how much memory a layer takes.
  packed_ops(double norm_eps, ops::thread_team::member* team, int threads, std::byte* memory)
      : norm_eps_{static_cast<float>(norm_eps)}, team_{team}, threads_{threads}, memory_{memory} {}

  std::size_t used() const { return used_; }
  bool computes() const { return team_ != nullptr; }
  ops::thread_team::member& team() const { return *team_; }

  activations<Number> rows_of(std::int64_t rows, std::int64_t width) const {
    std::int64_t const stride = ops::padded_width(width);
    return {take<Number>(rows * stride), rows, stride, 1, width};
  }

  // x [rows, heads, width], weight [width]
  activations<Number> rms_norm(activations<Number> const& x, at::Tensor const& weight) const {
    // Each thread computes few rows for itself: cheaper than waiting for the others. Not so heads, which attention changes in
    // place.
    bool const alone = x.rows <= 4 && !x.by_head;
    activations<Number> y;
    for (int t = 0; t < (alone ? threads_ : 1); ++t) {
      auto const mine = rows_of(x.rows, x.heads * x.width);
      if (t == 0 || (computes() && t == team_->index())) y = mine;
    }
    y.heads = x.heads, y.width = x.width, y.by_head = x.by_head;
    if (!computes()) return y;
    auto const* const w = static_cast<Number const*>(weight.const_data_ptr());
    auto const norm = [&](std::int64_t i) {
      std::int64_t const row = i / x.heads, h = i % x.heads;
      ops::run_best<ops::rms_norm_row<Number>>(x.head(row, h), w, x.width, norm_eps_, y.head(row, h));
    };
    if (alone)
      for (std::int64_t i = 0; i < x.rows * x.heads; ++i) norm(i);
    else
      team_->for_each(x.rows * x.heads, norm);
    return y;
  }

  // x [rows, in] -> [rows, out]
  activations<Number> linear(activations<Number> const& x, packed_linear const& w) const { return linears(x, w)[0]; }
  // x + the linear map of `from`
  activations<Number> linear_add(activations<Number> const& from, packed_linear const& w,
                                 activations<Number> const& x) const {
    auto const y = rows_of(from.rows, w.out);
    auto map = map_of(from, w, y);
    map.residual = x.data;
    if (computes()) ops::linear<Number>(*team_, from.const_block(), {&map, 1});
    return y;
  }
  // Up to three linear maps of one input.
  template <class... Linear>
  std::array<activations<Number>, sizeof...(Linear)> linears(activations<Number> const& x, Linear const&... w) const {
    std::array<activations<Number>, sizeof...(Linear)> const y{rows_of(x.rows, w.out)...};
    std::size_t i = 0;
    std::array<ops::linear_map<Number>, sizeof...(Linear)> const maps{map_of(x, w, y[i++])...};
    if (computes()) ops::linear<Number>(*team_, x.const_block(), maps);
    return y;
  }
  // silu(gate x) * (up x)
  activations<Number> swiglu(activations<Number> const& x, packed_linear const& gate, packed_linear const& up) const {
    auto const y = rows_of(x.rows, gate.out);
    bool const plain = !gate.bias.defined() && !up.bias.defined() && gate.adapter.rank == 0 && up.adapter.rank == 0;
    if (plain) {
      if (computes()) ops::swiglu<Number>(*team_, x.const_block(), matrix(gate), matrix(up), y.block());
      return y;
    }
    auto const both = linears(x, gate, up);
    if (computes())
      team_->for_each(x.rows, [&](std::int64_t row) {
        ops::run_best<ops::silu_and_mul_row<Number>>(both[0].head(row, 0), both[1].head(row, 0), y.stride, y.head(row, 0));
      });
    return y;
  }
  // a + b, of one shape
  activations<Number> add(activations<Number> const& a, activations<Number> const& b) const {
    return by_row(a, [&](std::int64_t row, Number* y) {
      ops::run_best<ops::add_row<Number>>(a.head(row, 0), b.head(row, 0), a.stride, y);
    });
  }
  // x * factor
  activations<Number> scale(activations<Number> const& x, double factor) const {
    return by_row(x, [&](std::int64_t row, Number* y) {
      ops::run_best<ops::scale_row<Number>>(x.head(row, 0), static_cast<float>(factor), x.stride, y);
    });
  }
  unrotated<Number> rotate(activations<Number> const& x, packed_rotary<Number> const& at) const { return {x, &at}; }

  static ops::panel_matrix<Number> matrix(packed_linear const& w) {
    return {static_cast<Number const*>(w.panels.const_data_ptr()), w.out, w.in,
            w.rows.defined() ? static_cast<Number const*>(w.rows.const_data_ptr()) : nullptr};
  }

 private:
  // A result like `x`, each row of it by fill(row, where to).
  template <class Fill>
  activations<Number> by_row(activations<Number> const& x, Fill&& fill) const {
    activations<Number> y = x;
    y.data = take<Number>(x.rows * x.stride);
    if (computes()) team_->for_each(x.rows, [&](std::int64_t row) { fill(row, y.head(row, 0)); });
    return y;
  }

  template <class T>
  T* take(std::int64_t count) const {
    std::size_t const bytes = (static_cast<std::size_t>(count) * sizeof(T) + 63) / 64 * 64;
    std::byte* const at = memory_ == nullptr ? nullptr : memory_ + used_;
    used_ += bytes;
    return static_cast<T*>(static_cast<void*>(at));
  }

  ops::linear_map<Number> map_of(activations<Number> const& x, packed_linear const& w, activations<Number> const& y) const {
    ops::linear_map<Number> map{.weight = matrix(w), .y = y.block()};
    if (w.bias.defined()) map.bias = w.bias.const_data_ptr<float>();
    if (w.adapter.rank == 0) return map;
    auto* const mapped = take<float>(x.rows * ops::padded_width(w.adapter.rank));
    map.adapter = {{w.adapter.b.const_data_ptr<float>(), w.out, w.adapter.rank}, mapped, w.adapter.scaling};
    if (computes())
      ops::low_rank_input<Number>(*team_, x.const_block(), {w.adapter.a.const_data_ptr<float>(), w.adapter.rank, w.in},
                                  mapped);
    return map;
  }

  float norm_eps_;
  ops::thread_team::member* team_;
  int threads_;
  std::byte* memory_;
  mutable std::size_t used_{0};
};

}  // namespace ease::inline v1
