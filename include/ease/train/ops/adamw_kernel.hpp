// SPDX-License-Identifier: Apache-2.0
#pragma once
// AdamW (Loshchilov & Hutter 2019, algorithm 2) on the CPU as one pass over memory: the clipped gradient, both moments, the
// weight, and its bfloat16 copy for the forward pass. libtorch's fused kernel needs the gradient in the weight's dtype and
// separate passes for clipping and the copy, which with float32 master weights are two fifths of the memory traffic.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ease/ops/simd.hpp>
#include <ease/train/ops/partial_lanes.hpp>
#include <ease/train/ops/tensor_numbers.hpp>
#include <vector>

namespace ease::inline v1::detail {

// Of step t: m := m + (1 - beta1) (g - m), v := beta2 v + (1 - beta2) g^2,
// weight := decay_factor weight - lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + epsilon), with g = scale * gradient.
struct adamw_scalars {
  float scale, beta2, epsilon;
  float one_minus_beta1, one_minus_beta2;  // 1 - beta1, 1 - beta2, taken before they are rounded
  float step_size;                         // over 1 - beta1^t
  float root_correction;                   // 1 / sqrt(1 - beta2^t)
};

struct adamw_kernel {
  template <class Number, class Gradient>
  [[gnu::always_inline]] static void run(Number* weight, Gradient const* gradient, Number* first, Number* second,
                                         simd::bfloat16* copy, std::int64_t count, float decay_factor,
                                         adamw_scalars const& n) {
    for (std::int64_t i = 0; i < count; i += simd::lanes) {
      auto const some = count - i;
      auto const g = load_some(gradient + i, some) * n.scale;
      auto m = load_some(first + i, some), v = load_some(second + i, some);
      m += (g - m) * n.one_minus_beta1;
      v = v * n.beta2 + g * g * n.one_minus_beta2;
      store_some(first + i, m, some);
      store_some(second + i, v, some);
      auto const w = load_some(weight + i, some) * decay_factor -
                     m * n.step_size / (simd::square_root(v) * n.root_correction + n.epsilon);
      store_some(weight + i, w, some);
      if (copy != nullptr) store_some(copy + i, w, some);
    }
  }
};

// One parameter: tensors of one shape, contiguous, on the CPU. weight, first and second of one format, float32 or bfloat16;
// the gradient of either; `copy`, if defined, bfloat16.
struct adamw_parameter {
  at::Tensor weight, gradient, first, second, copy;
  float decay_factor;  // of the weight: 1 - rate * decay
};

inline void adamw_step(std::vector<adamw_parameter>& parameters, adamw_scalars const& numbers) {
  struct piece {
    std::size_t parameter;
    std::int64_t begin;
  };
  constexpr std::int64_t length = 1 << 15;
  std::vector<piece> pieces;
  for (std::size_t i = 0; i < parameters.size(); ++i)
    for (std::int64_t begin = 0; begin < parameters[i].weight.numel(); begin += length) pieces.push_back({i, begin});
  at::parallel_for(0, std::ssize(pieces), 4, [&](std::int64_t from, std::int64_t to) {
    for (auto k = from; k < to; ++k) {
      auto const begin = pieces[static_cast<std::size_t>(k)].begin;
      auto& p = parameters[pieces[static_cast<std::size_t>(k)].parameter];
      auto* const copy = p.copy.defined() ? write<simd::bfloat16>(p.copy) + begin : nullptr;
      dispatch_dtype(p.weight, [&]<class Number>(Number) {
        dispatch_dtype(p.gradient, [&]<class Gradient>(Gradient) {
          simd::run<adamw_kernel>(write<Number>(p.weight) + begin, read<Gradient>(p.gradient) + begin,
                                  write<Number>(p.first) + begin, write<Number>(p.second) + begin, copy,
                                  std::min(length, p.weight.numel() - begin), p.decay_factor, numbers);
        });
      });
    }
  });
}

}  // namespace ease::inline v1::detail
