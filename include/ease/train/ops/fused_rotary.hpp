// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rotary position embedding for training on the CPU: one pass each way instead of three and five.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cstdint>
#include <ease/llm/decoder/rope.hpp>
#include <ease/train/ops/tensor_numbers.hpp>

namespace ease::inline v1::detail {

// Tokens [begin, end) of x [n, heads, 2 half]: pairs (j, j + half) are turned by their angle, or back.
struct rotate_kernel {
  template <class Number>
  [[gnu::always_inline]] static void run(Number const* x, Number const* cos, Number const* sin, Number* out,
                                         std::int64_t begin, std::int64_t end, std::int64_t heads, std::int64_t half,
                                         bool back) {
    for (auto token = begin; token < end; ++token)
      for (std::int64_t head = 0; head < heads; ++head) {
        auto const at = (token * heads + head) * 2 * half;
        for (std::int64_t j = 0; j < half; j += simd::lanes) {
          auto const c = simd::load(cos + token * 2 * half + j);
          auto const minus = simd::load(sin + token * 2 * half + j);  // the first half of `sin` is negated
          auto const s = back ? minus : -minus;
          auto const a = simd::load(x + at + j), b = simd::load(x + at + half + j);
          simd::store(out + at + j, a * c - b * s);
          simd::store(out + at + half + j, b * c + a * s);
        }
      }
  }
};

// rotate() of rope.hpp.
struct fused_rotary : torch::autograd::Function<fused_rotary> {
  static bool fits(at::Tensor const& x, rotary const& at) {
    return x.is_cpu() && x.size(2) % 16 == 0 && x.scalar_type() == at.cos.scalar_type() &&
           (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
  }

  static at::Tensor forward(torch::autograd::AutogradContext* context, at::Tensor const& x, at::Tensor const& cos,
                            at::Tensor const& sin) {
    context->save_for_backward({cos, sin});
    return turned(x, cos, sin, false);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list const& upstream) {
    auto const saved = context->get_saved_variables();
    return {turned(upstream.front(), saved[0], saved[1], true), {}, {}};
  }

 private:
  static at::Tensor turned(at::Tensor const& given, at::Tensor const& cos, at::Tensor const& sin, bool back) {
    auto const x = given.contiguous();
    auto out = at::empty_like(x);
    dispatch_dtype(x, [&]<class Number>(Number) {
      auto const *const in = read<Number>(x), *const c = read<Number>(cos), *const s = read<Number>(sin);
      auto* const to = write<Number>(out);
      at::parallel_for(0, x.size(0), 64, [&](std::int64_t begin, std::int64_t end) {
        simd::run<rotate_kernel>(in, c, s, to, begin, end, x.size(1), x.size(2) / 2, back);
      });
    });
    return out;
  }
};

}  // namespace ease::inline v1::detail
