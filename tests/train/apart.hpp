// SPDX-License-Identifier: Apache-2.0
#pragma once
// How far a tensor is from another, relative to that: |a - b| / |b|, in float64.
#include <ATen/ATen.h>

inline double apart(at::Tensor const& a, at::Tensor const& b) {
  return ((a.to(at::kDouble) - b.to(at::kDouble)).norm() / b.to(at::kDouble).norm()).item<double>();
}
