#pragma once
// How many processes train together, as a type: trainer<cpu>, trainer<cuda> are one process; trainer<ddp<gloo>> (ddp.hpp)
// specialises this. A trainer deals each optimiser step's rows to the ranks and sums the gradients with it; model code
// knows nothing of it.
#include <ATen/ATen.h>

#include <cstddef>

namespace ease {

template <class Where>
struct data_parallel {
  static at::Device device() { return Where::device(); }
  std::size_t rank() const { return 0; }
  std::size_t size() const { return 1; }
  // Replaces `values` by their sum over all ranks.
  void sum(at::Tensor& /*values*/) {}
};

}  // namespace ease
