// SPDX-License-Identifier: Apache-2.0
#pragma once
// silu(gate) * up on the CPU, in one pass instead of two, and the same for each element: libtorch's silu takes another path
// for the elements left over from a vector, so that the last bit of a result depends on its index. Non-goals: gradients,
// other devices.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>
#include <ease/llm/decoder/simd.hpp>
#include <type_traits>

namespace ease::inline v1::detail {

struct silu_and_mul_kernel {
  template <class Number>
  [[gnu::always_inline]] static void run(Number const* gate, Number const* up, Number* out, std::int64_t count) {
    for (std::int64_t i = 0; i < count; i += simd::lanes) {
      simd::floats const g = simd::load(gate + i);
      simd::floats const e = simd::exp_of_nonpositive(g < 0.0F ? g : -g);
      simd::floats const silu = g * ((g < 0.0F ? e : simd::all(1.0F)) / (1.0F + e));
      simd::store(out + i, silu);  // rounded to the dtype in between, as by two operations
      simd::store(out + i, simd::load(out + i) * simd::load(up + i));
    }
  }
};

// gate, up: contiguous, of one shape, on the CPU, float32 or bfloat16.
template <class Number>
void silu_and_mul_cpu(at::Tensor const& gate, at::Tensor const& up, at::Tensor& out) {
  auto const* const g = static_cast<Number const*>(gate.const_data_ptr());
  auto const* const u = static_cast<Number const*>(up.const_data_ptr());
  auto* const o = static_cast<Number*>(out.mutable_data_ptr());
  std::int64_t const blocks = out.numel() / simd::lanes, rest = out.numel() % simd::lanes;
  at::parallel_for(0, blocks, 2048, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t const at = begin * simd::lanes;
    simd::run<silu_and_mul_kernel>(g + at, u + at, o + at, (end - begin) * simd::lanes);
  });
  if (rest == 0) return;
  Number tail[3][simd::lanes]{};
  std::int64_t const at = blocks * simd::lanes;
  std::copy_n(g + at, rest, tail[0]);
  std::copy_n(u + at, rest, tail[1]);
  simd::run<silu_and_mul_kernel>(static_cast<Number const*>(tail[0]), static_cast<Number const*>(tail[1]),
                                 static_cast<Number*>(tail[2]), simd::lanes);
  std::copy_n(tail[2], rest, o + at);
}

inline at::Tensor silu_and_mul_cpu(at::Tensor const& gate, at::Tensor const& up) {
  at::Tensor const g = gate.contiguous(), u = up.contiguous();
  at::Tensor out = at::empty_like(g);
  if (g.scalar_type() == at::kBFloat16)
    silu_and_mul_cpu<simd::bfloat16>(g, u, out);
  else
    silu_and_mul_cpu<float>(g, u, out);
  return out;
}

}  // namespace ease::inline v1::detail
