// SPDX-License-Identifier: Apache-2.0
#pragma once
// silu(gate) * up on the CPU, one pass instead of two, and each number by itself: libtorch's silu takes another path for
// what is left over from a vector, so that a number's last bit depends on where it stands. Non-goals: gradients, other
// devices.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "ease/llm/decoder/simd.hpp"

namespace ease::detail {

struct gated_kernel {
  template <class Number>
  [[gnu::always_inline]] static void run(Number const* gate, Number const* up, Number* out, std::int64_t count) {
    for (std::int64_t i = 0; i < count; i += simd::lanes) {
      simd::floats const g = simd::load(gate + i);
      simd::floats const e = simd::exp_of_nonpositive(g < 0.0F ? g : -g);
      simd::floats const silu = g * ((g < 0.0F ? e : simd::all(1.0F)) / (1.0F + e));
      simd::store(out + i, silu);  // rounded to its format between the two, as by two operations
      simd::store(out + i, simd::load(out + i) * simd::load(up + i));
    }
  }
};

// gate, up: contiguous, of one shape, on the CPU, float32 or bfloat16.
template <class Number>
void gated(at::Tensor const& gate, at::Tensor const& up, at::Tensor& out) {
  auto const* const g = static_cast<Number const*>(gate.const_data_ptr());
  auto const* const u = static_cast<Number const*>(up.const_data_ptr());
  auto* const o = static_cast<Number*>(out.mutable_data_ptr());
  std::int64_t const blocks = out.numel() / simd::lanes, rest = out.numel() % simd::lanes;
  at::parallel_for(0, blocks, 2048, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t const at = begin * simd::lanes;
    simd::run<gated_kernel>(g + at, u + at, o + at, (end - begin) * simd::lanes);
  });
  if (rest == 0) return;
  Number tail[3][simd::lanes]{};
  std::int64_t const at = blocks * simd::lanes;
  std::copy_n(g + at, rest, tail[0]);
  std::copy_n(u + at, rest, tail[1]);
  simd::run<gated_kernel>(static_cast<Number const*>(tail[0]), static_cast<Number const*>(tail[1]),
                          static_cast<Number*>(tail[2]), simd::lanes);
  std::copy_n(tail[2], rest, o + at);
}

inline at::Tensor gated(at::Tensor const& gate, at::Tensor const& up) {
  at::Tensor const g = gate.contiguous(), u = up.contiguous();
  at::Tensor out = at::empty_like(g);
  if (g.scalar_type() == at::kBFloat16)
    gated<simd::bfloat16>(g, u, out);
  else
    gated<float>(g, u, out);
  return out;
}

}  // namespace ease::detail
