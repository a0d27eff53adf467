// SPDX-License-Identifier: Apache-2.0
#pragma once
// How many processes train together, as a type: trainer<cpu>, trainer<cuda> are one process; trainer<ddp<gloo>> (ddp.hpp)
// specialises this. A trainer shards each optimiser step's rows over the ranks and sums the gradients with it; model code
// does not depend on it.
#include <c10/core/Device.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace at {
class Tensor;
}

namespace ease::inline v1 {

class adamw;

template <class Where>
struct data_parallel {
  static at::Device device() { return Where::device(); }
  std::size_t rank() const { return 0; }
  std::size_t size() const { return 1; }
  // Replaces `values` by their sum over all ranks.
  void sum(at::Tensor& /*values*/) {}
  // Throws when a rank is lost. To be called now and then during long work of one rank.
  void check() {}
  // Throws unless `value`, which `what` names, is the same on all ranks.
  void agree(std::string_view /*what*/, std::uint64_t /*value*/) {}
  // Tells the other ranks why this one ends.
  void failed(std::string_view /*why*/) {}
  // Around the last backward pass of an optimiser step: afterwards its flat gradient is the sum over all ranks.
  void begin_exchange(adamw& /*optimizer*/) {}
  void finish_exchange(adamw& /*optimizer*/) {}
};

}  // namespace ease::inline v1
