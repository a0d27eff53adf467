// SPDX-License-Identifier: Apache-2.0
#pragma once
// A tensor's data for the kernels: float32 or bfloat16, contiguous, on the CPU.
#include <ATen/ATen.h>

#include <ease/ops/simd.hpp>

namespace ease::inline v1::detail {

template <class Number>
Number const* read(at::Tensor const& x) {
  return static_cast<Number const*>(x.const_data_ptr());
}
template <class Number>
Number* write(at::Tensor& x) {
  return static_cast<Number*>(x.mutable_data_ptr());
}
// Calls f with a value of the kernels' type for the tensor's dtype: float or simd::bfloat16.
template <class F>
void dispatch_dtype(at::Tensor const& x, F const& f) {
  if (x.scalar_type() == at::kFloat)
    f(float{});
  else
    f(simd::bfloat16{});
}

}  // namespace ease::inline v1::detail
