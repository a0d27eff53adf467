// SPDX-License-Identifier: Apache-2.0
#pragma once
// The operations of a decoder layer for training on the CPU: the same functions as inference_ops, with RMS norm, SwiGLU and
// rotation as one pass over memory each way. In bfloat16 libtorch's own take as long as half of the matrix products
// beside them.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/decoder/forward.hpp>
#include <ease/train/ops/fused_rotary.hpp>
#include <ease/train/ops/merged_linear.hpp>
#include <ease/train/ops/tensor_numbers.hpp>
#include <optional>
#include <utility>
#include <vector>

namespace ease::inline v1 {

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

// With g = grad_output: x_gradient := inverse * (weight * g - x * inverse^2 * mean(weight * g * x));
// weight_sum += g * x * inverse.
struct rms_norm_backward_kernel {
  template <class Number>
  [[gnu::always_inline]] static void run(Number const* x, Number const* weight, Number const* grad_output,
                                         float const* inverse, Number* x_gradient, float* weight_sum, std::int64_t begin,
                                         std::int64_t end, std::int64_t width) {
    for (auto row = begin; row < end; ++row) {
      auto const *const in = x + row * width, *const up = grad_output + row * width;
      simd::floats dots{};
      for (std::int64_t j = 0; j < width; j += simd::lanes) {
        auto const along = simd::load(up + j) * simd::load(in + j);
        dots += along * simd::load(weight + j);
        simd::store(weight_sum + j, simd::load(weight_sum + j) + along * inverse[row]);
      }
      float const projection = simd::sum(dots) * inverse[row] * inverse[row] / static_cast<float>(width);
      for (std::int64_t j = 0; j < width; j += simd::lanes)
        simd::store(x_gradient + row * width + j,
                    (simd::load(weight + j) * simd::load(up + j) - simd::load(in + j) * projection) * inverse[row]);
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
  [[gnu::always_inline]] static void run(Number const* gate, Number const* up, Number const* grad_output,
                                         Number* gate_gradient, Number* up_gradient, std::int64_t begin, std::int64_t end) {
    for (auto j = begin; j < end; j += simd::lanes) {
      auto const g = simd::load(gate + j), b = simd::load(grad_output + j), s = sigmoid(g);
      simd::store(up_gradient + j, b * g * s);
      simd::store(gate_gradient + j, b * simd::load(up + j) * s * (1.0F + g * (1.0F - s)));
    }
  }
};

struct fused_rms_norm : torch::autograd::Function<fused_rms_norm> {
  static constexpr std::int64_t blocks{16};  // of rows, each with its own weight sum: results do not depend on threads

  static at::Tensor forward(torch::autograd::AutogradContext* context, at::Tensor x, at::Tensor const& weight,
                            double epsilon) {
    x = x.contiguous();
    auto out = at::empty_like(x), inverse = at::empty({x.size(0)}, x.options().dtype(at::kFloat));
    dispatch_dtype(x, [&]<class Number>(Number) {
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
    auto const grad_output = upstream.front().contiguous();
    auto x_gradient = at::empty_like(x), sums = at::zeros({blocks, x.size(1)}, inverse.options());
    auto const rows = x.size(0), width = x.size(1);
    dispatch_dtype(x, [&]<class Number>(Number) {
      auto const *const in = read<Number>(x), *const w = read<Number>(weight), *const up = read<Number>(grad_output);
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
    dispatch_dtype(gate, [&]<class Number>(Number) {
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
    auto const grad_output = upstream.front().contiguous();
    auto gate_gradient = at::empty_like(saved[0]), up_gradient = at::empty_like(saved[1]);
    dispatch_dtype(grad_output, [&]<class Number>(Number) {
      auto const *const g = read<Number>(saved[0]), *const u = read<Number>(saved[1]), *const b = read<Number>(grad_output);
      auto *const to_gate = write<Number>(gate_gradient), *const to_up = write<Number>(up_gradient);
      at::parallel_for(0, grad_output.numel() / simd::lanes, grain, [&](std::int64_t begin, std::int64_t end) {
        simd::run<swiglu_backward_kernel>(g, u, b, to_gate, to_up, begin * simd::lanes, end * simd::lanes);
      });
    });
    return {gate_gradient, up_gradient};
  }
};

}  // namespace detail

// What a block computes with (llm/arch) where gradients are wanted: inference_ops' functions, fused.
class training_ops {
 public:
  // The fused passes need the CPU, float32 or bfloat16, and widths that are multiples of 8; else inference_ops computes.
  training_ops(model_config const& c, at::Tensor const& x)
      : plain_{c.norm_eps},
        fused_{x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16) && c.hidden % 8 == 0 &&
               c.intermediate % 8 == 0} {}

  at::Tensor rms_norm(at::Tensor const& x, at::Tensor const& weight) const {
    if (!fused_ || x.dim() != 2 || x.size(1) % 8 != 0) return plain_.rms_norm(x, weight);
    return detail::fused_rms_norm::apply(x, weight, plain_.norm_eps);
  }
  at::Tensor linear(at::Tensor const& x, linear_weights const& w) const { return linears(x, w).front(); }
  template <class... Linear>
  std::array<at::Tensor, sizeof...(Linear)> linears(at::Tensor const& x, Linear const&... w) const {
    if (!fused_) return plain_.linears(x, w...);
    auto const plain = products(x, w.weight...);
    std::size_t next = 0;
    return {whole(plain[next++], x, w)...};
  }
  at::Tensor linear_add(at::Tensor const& x, linear_weights const& w, at::Tensor const& added) const {
    return linear(x, w).add_(added);
  }
  at::Tensor swiglu(at::Tensor const& x, linear_weights const& gate, linear_weights const& up) const {
    if (!fused_) return plain_.swiglu(x, gate, up);
    auto const both = linears(x, gate, up);
    return detail::fused_swiglu::apply(both[0], both[1]);
  }
  at::Tensor add(at::Tensor const& a, at::Tensor const& b) const { return plain_.add(a, b); }
  at::Tensor scale(at::Tensor const& x, double factor) const { return plain_.scale(x, factor); }
  at::Tensor rotate(at::Tensor const& x, rotary const& at) const {
    if (!fused_ || !detail::fused_rotary::fits(x, at)) return plain_.rotate(x, at);
    return detail::fused_rotary::apply(x, at.cos, at.sin);
  }

 private:
  static torch::autograd::variable_list products(at::Tensor const& x, at::Tensor const& first,
                                                 std::optional<at::Tensor> const& second = {},
                                                 std::optional<at::Tensor> const& third = {}) {
    return detail::merged_linear::apply(x, first, second, third);
  }
  static at::Tensor whole(at::Tensor const& plain, at::Tensor const& x, linear_weights const& w) {
    return adapted(w.bias.defined() ? plain + w.bias : plain, x, w.adapter);
  }

  inference_ops plain_;
  bool fused_;
};

// decoder::layer for training. x [n, hidden] -> [n, hidden].
template <class Attend>
at::Tensor training_layer(decoder const& net, std::size_t index, at::Tensor x, rotary const& at, Attend&& attend) {
  visit_architecture(net.config, [&]<class Architecture>(Architecture) {
    training_ops const ops{net.config, x};
    x = Architecture::block(ops, net.config, net.layers[index], index, std::move(x), at, attend);
  });
  return x;
}

}  // namespace ease::inline v1
