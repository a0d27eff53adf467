// SPDX-License-Identifier: Apache-2.0
#pragma once
// A tensor's numbers for the kernels: float32 or bfloat16, contiguous, on the CPU.
#include <ATen/ATen.h>

#include "ease/llm/decoder/simd.hpp"

namespace ease::detail {

template <class Number>
Number const* read(at::Tensor const& x) {
  return static_cast<Number const*>(x.const_data_ptr());
}
template <class Number>
Number* write(at::Tensor& x) {
  return static_cast<Number*>(x.mutable_data_ptr());
}
// f with the kernels' own name of the tensor's number format.
template <class F>
void by_number(at::Tensor const& x, F const& f) {
  if (x.scalar_type() == at::kFloat)
    f(float{});
  else
    f(simd::bfloat16{});
}

}  // namespace ease::detail
