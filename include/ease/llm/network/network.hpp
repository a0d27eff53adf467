// SPDX-License-Identifier: Apache-2.0
#pragma once
// What generation and scoring ask of a model: forward passes over packed tokens with a cache. Two answer: packed_network on
// the CPU, by kernels of our own (packed_network.hpp), and tensor_network on any device, by libtorch's operations
// (tensor_network.hpp), which is also the readable reference of the first. A virtual call costs nothing beside a pass.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <ease/llm/arch/config.hpp>
#include <ease/llm/network/packed_step.hpp>
#include <memory>
#include <span>

namespace ease::inline v1 {

struct decoder;

// Keys and values of the tokens read so far: one slot a sequence.
class network_cache {
 public:
  network_cache() = default;
  network_cache(network_cache const&) = delete;
  network_cache& operator=(network_cache const&) = delete;
  virtual ~network_cache() = default;

  // Copies the first `length` positions of slot `from` of another cache of the same network, or of this one, to slot `to`.
  virtual void copy(network_cache const& other, std::int64_t from, std::int64_t to, std::int64_t length) = 0;
};

class network {
 public:
  network() = default;
  network(network const&) = delete;
  network& operator=(network const&) = delete;
  virtual ~network() = default;

  virtual model_config const& config() const = 0;
  virtual bool on_cpu() const = 0;

  // `capacity`: tokens of the longest sequence.
  virtual std::unique_ptr<network_cache> new_cache(std::int64_t slots, std::int64_t capacity) const = 0;

  // -> [step.size(), hidden] after the final norm, on the network's device; the tokens' keys and values are in the cache
  // afterwards, which must be one of this network's.
  virtual at::Tensor hidden(packed_step const& step, network_cache& cache) const = 0;

  // The logits of some rows of `hidden` -> [rows, vocab]: float32 on the CPU, in the model's dtype elsewhere.
  virtual at::Tensor logits(at::Tensor const& hidden, std::span<std::int64_t const> rows) const = 0;

  // Gives the decoder whose network this is the matrices back that network_taking took.
  virtual void give_back(decoder& net) const = 0;
};

// The network for a decoder: packed on the CPU, by libtorch elsewhere. The decoder must outlive it, unchanged.
std::unique_ptr<network> network_of(decoder const& net);

// As network_of, but on the CPU the network takes the matrices that no other tensor refers to: they are in memory once.
// network::give_back returns them.
std::unique_ptr<network> network_taking(decoder& net);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/llm/network/network.ipp>
#endif
