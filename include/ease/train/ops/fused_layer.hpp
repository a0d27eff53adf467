// SPDX-License-Identifier: Apache-2.0
#pragma once
// A decoder layer for training on the CPU: the same function as decoder::layer, with RMS norm, SwiGLU and
// rotation as one pass over memory each way. In bfloat16 libtorch's own take as long as half of the matrix products
// beside them.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "ease/llm/decoder/decoder.hpp"
#include "ease/llm/decoder/forward.hpp"
#include "ease/train/ops/fused_rotary.hpp"
#include "ease/train/ops/joint_linear.hpp"
#include "ease/train/ops/tensor_numbers.hpp"

namespace ease {

namespace detail {

// Rows [begin, end) of width `width`, a multiple of 8. out := x * inverse * weight, inverse := 1 / root mean square.
struct rms_norm_kernel {
  template <class Number>
  [[gnu::always_inline]] static void run(Number const* x, Number const* weight, Number* out, float* inverse,
                                         std::int64_t begin, std::int64_t end, std::int64_t width, float epsilon) {
    for (auto row = begin; row < end; ++row) {
      auto const* const in = x + row * width;
      simd::floats squares{};
      for (std::int64_t j = 0; j < width; j += simd::lanes) squares += simd::load(in + j) * simd::load(in + j);
      inverse[row] = 1.0F / std::sqrt(simd::sum(squares) / static_cast<float>(width) + epsilon);
      for (std::int64_t j = 0; j < width; j += simd::lanes)
        simd::store(out + row * width + j, simd::load(in + j) * inverse[row] * simd::load(weight + j));
    }
  }
};

// x_gradient := inverse * (weight * by - x * inverse^2 * mean(weight * by * x)); weight_sum += by * x * inverse.
struct rms_norm_backward_kernel {
  template <class Number>
  [[gnu::always_inline]] static void run(Number const* x, Number const* weight, Number const* by, float const* inverse,
                                         Number* x_gradient, float* weight_sum, std::int64_t begin, std::int64_t end,
                                         std::int64_t width) {
    for (auto row = begin; row < end; ++row) {
      auto const *const in = x + row * width, *const up = by + row * width;
      simd::floats dots{};
      for (std::int64_t j = 0; j < width; j += simd::lanes) {
        auto const along = simd::load(up + j) * simd::load(in + j);
        dots += along * simd::load(weight + j);
        simd::store(weight_sum + j, simd::load(weight_sum + j) + along * inverse[row]);
      }
      float const pull = simd::sum(dots) * inverse[row] * inverse[row] / static_cast<float>(width);
      for (std::int64_t j = 0; j < width; j += simd::lanes)
        simd::store(x_gradient + row * width + j,
                    (simd::load(weight + j) * simd::load(up + j) - simd::load(in + j) * pull) * inverse[row]);
    }
  }
};

[[gnu::always_inline]] inline simd::floats sigmoid(simd::floats const& x) {
  auto const e = simd::exp_of_nonpositive(x > 0 ? -x : x);
  return (x > 0 ? simd::all(1) : e) / (1.0F + e);
}

// out := silu(gate) * up over [begin, end), multiples of 8.
struct swiglu_kernel {
  template <class Number>
  [[gnu::always_inline]] static void run(Number const* gate, Number const* up, Number* out, std::int64_t begin,
                                         std::int64_t end) {
    for (auto j = begin; j < end; j += simd::lanes) {
      auto const g = simd::load(gate + j);
      simd::store(out + j, g * sigmoid(g) * simd::load(up + j));
    }
  }
};
struct swiglu_backward_kernel {
  template <class Number>
  [[gnu::always_inline]] static void run(Number const* gate, Number const* up, Number const* by, Number* gate_gradient,
                                         Number* up_gradient, std::int64_t begin, std::int64_t end) {
    for (auto j = begin; j < end; j += simd::lanes) {
      auto const g = simd::load(gate + j), b = simd::load(by + j), s = sigmoid(g);
      simd::store(up_gradient + j, b * g * s);
      simd::store(gate_gradient + j, b * simd::load(up + j) * s * (1.0F + g * (1.0F - s)));
    }
  }
};

struct fused_rms_norm : torch::autograd::Function<fused_rms_norm> {
  static constexpr std::int64_t blocks{16};  // of rows, each with its own weight sum: the result does not depend on threads

  static at::Tensor forward(torch::autograd::AutogradContext* context, at::Tensor x, at::Tensor const& weight,
                            double epsilon) {
    x = x.contiguous();
    auto out = at::empty_like(x), inverse = at::empty({x.size(0)}, x.options().dtype(at::kFloat));
    by_number(x, [&]<class Number>(Number) {
      auto const *const in = read<Number>(x), *const w = read<Number>(weight);
      auto* const to = write<Number>(out);
      auto* const inv = write<float>(inverse);
      at::parallel_for(0, x.size(0), 32, [&](std::int64_t begin, std::int64_t end) {
        simd::run<rms_norm_kernel>(in, w, to, inv, begin, end, x.size(1), static_cast<float>(epsilon));
      });
    });
    context->save_for_backward({x, weight, inverse});
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list const& upstream) {
    auto const saved = context->get_saved_variables();
    auto const &x = saved[0], &weight = saved[1], &inverse = saved[2];
    auto const by = upstream.front().contiguous();
    auto x_gradient = at::empty_like(x), sums = at::zeros({blocks, x.size(1)}, inverse.options());
    auto const rows = x.size(0), width = x.size(1);
    by_number(x, [&]<class Number>(Number) {
      auto const *const in = read<Number>(x), *const w = read<Number>(weight), *const up = read<Number>(by);
      auto const* const inv = read<float>(inverse);
      auto* const to = write<Number>(x_gradient);
      auto* const sum = write<float>(sums);
      at::parallel_for(0, blocks, 1, [&](std::int64_t begin, std::int64_t end) {
        for (auto block = begin; block < end; ++block)
          simd::run<rms_norm_backward_kernel>(in, w, up, inv, to, sum + block * width, rows * block / blocks,
                                              rows * (block + 1) / blocks, width);
      });
    });
    return {x_gradient, sums.sum(0).to(weight.scalar_type()), {}};
  }
};

struct fused_swiglu : torch::autograd::Function<fused_swiglu> {
  static constexpr std::int64_t grain{4096};

  static at::Tensor forward(torch::autograd::AutogradContext* context, at::Tensor const& gate, at::Tensor const& up) {
    auto out = at::empty_like(gate);
    by_number(gate, [&]<class Number>(Number) {
      auto const *const g = read<Number>(gate), *const u = read<Number>(up);
      auto* const to = write<Number>(out);
      at::parallel_for(0, gate.numel() / simd::lanes, grain, [&](std::int64_t begin, std::int64_t end) {
        simd::run<swiglu_kernel>(g, u, to, begin * simd::lanes, end * simd::lanes);
      });
    });
    context->save_for_backward({gate, up});
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list const& upstream) {
    auto const saved = context->get_saved_variables();
    auto const by = upstream.front().contiguous();
    auto gate_gradient = at::empty_like(saved[0]), up_gradient = at::empty_like(saved[1]);
    by_number(by, [&]<class Number>(Number) {
      auto const *const g = read<Number>(saved[0]), *const u = read<Number>(saved[1]), *const b = read<Number>(by);
      auto *const to_gate = write<Number>(gate_gradient), *const to_up = write<Number>(up_gradient);
      at::parallel_for(0, by.numel() / simd::lanes, grain, [&](std::int64_t begin, std::int64_t end) {
        simd::run<swiglu_backward_kernel>(g, u, b, to_gate, to_up, begin * simd::lanes, end * simd::lanes);
      });
    });
    return {gate_gradient, up_gradient};
  }
};

}  // namespace detail

// decoder::layer for training. x [n, hidden] -> [n, hidden]. Falls back to decoder::layer where the fused passes do not
// apply: another device, another number format, widths that are no multiple of 8.
template <class Attend>
at::Tensor training_layer(decoder const& net, std::size_t index, at::Tensor const& x, rotary const& at, Attend&& attend) {
  auto const& c = net.config;
  auto const type = x.scalar_type();
  bool const fused =
      x.is_cpu() && (type == at::kFloat || type == at::kBFloat16) && c.hidden % 8 == 0 && c.intermediate % 8 == 0;
  if (!fused) return net.layer(index, x, at, attend);
  auto const& w = net.layers[index];
  auto const n = x.size(0);
  auto const norm = [&](at::Tensor const& in, at::Tensor const& weight) {
    return detail::fused_rms_norm::apply(in, weight, c.norm_eps);
  };
  auto const whole = [](at::Tensor const& plain, at::Tensor const& in, at::Tensor const& bias, low_rank const& added) {
    return adapted(bias.defined() ? plain + bias : plain, in, added);
  };
  auto const project = [&](at::Tensor const& in, at::Tensor const& weight, low_rank const& added) {
    return whole(detail::joint_linear::apply(in, weight, std::nullopt, std::nullopt).front(), in, {}, added);
  };
  auto const turned = [&](at::Tensor const& in) {
    return detail::fused_rotary::fits(in, at) ? detail::fused_rotary::apply(in, at.cos, at.sin) : rotate(in, at);
  };
  auto const normed = norm(x, w.input_norm);
  auto const plain = detail::joint_linear::apply(normed, w.q_proj, std::optional{w.k_proj}, std::optional{w.v_proj});
  auto q = whole(plain[0], normed, w.q_bias, w.adapters.q).view({n, c.heads, c.head_dim});
  auto k = whole(plain[1], normed, w.k_bias, w.adapters.k).view({n, c.kv_heads, c.head_dim});
  auto const v = whole(plain[2], normed, w.v_bias, w.adapters.v).view({n, c.kv_heads, c.head_dim});
  if (w.q_norm.defined()) q = net.rms_norm(q, w.q_norm), k = net.rms_norm(k, w.k_norm);
  auto const mixed = attend(index, turned(q), turned(k), v);
  auto const middle = project(mixed.reshape({n, c.heads * c.head_dim}), w.o_proj, w.adapters.o).add_(x);
  auto const inner = norm(middle, w.post_norm);
  auto const wide = detail::joint_linear::apply(inner, w.gate_proj, std::optional{w.up_proj}, std::nullopt);
  auto const gated =
      detail::fused_swiglu::apply(whole(wide[0], inner, {}, w.adapters.gate), whole(wide[1], inner, {}, w.adapters.up));
  return project(gated, w.down_proj, w.adapters.down).add_(middle);
}

}  // namespace ease
