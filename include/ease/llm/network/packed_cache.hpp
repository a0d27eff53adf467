// SPDX-License-Identifier: Apache-2.0
#pragma once
// The cache of packed_network: for each layer, slot and key/value head the panels of ops/attention.hpp. Memory that no
// sequence has reached is never touched.
#include <ATen/ATen.h>

#include <cstddef>
#include <cstdint>
#include <ease/llm/arch/config.hpp>
#include <ease/llm/network/network.hpp>
#include <ease/llm/network/pass_memory.hpp>
#include <ease/ops/attention.hpp>
#include <vector>

namespace ease::inline v1 {

template <class Number>
class packed_cache final : public network_cache {
 public:
  packed_cache(model_config const& config, std::int64_t slots, std::int64_t capacity, at::ScalarType dtype)
      : heads_{config.kv_heads}, width_{config.head_dim}, capacity_{ops::padded_width(capacity)} {
    for (std::int64_t i = 0; i < config.layers; ++i) {
      keys_.push_back(at::empty({slots * heads_ * key_numbers()}, dtype));
      values_.push_back(at::empty({slots * heads_ * value_numbers()}, dtype));
    }
  }

  ops::cached_head<Number> head(std::size_t layer, std::int64_t slot, std::int64_t h) const {
    std::int64_t const index = slot * heads_ + h;
    return {static_cast<Number*>(keys_[layer].mutable_data_ptr()) + index * key_numbers(),
            static_cast<Number*>(values_[layer].mutable_data_ptr()) + index * value_numbers(), capacity_, width_};
  }

  pass_memory& memory() { return memory_; }

  void copy(network_cache const& other, std::int64_t from, std::int64_t to, std::int64_t length) override {
    auto const& source = static_cast<packed_cache const&>(other);
    for (std::size_t layer = 0; layer < keys_.size(); ++layer)
      for (std::int64_t h = 0; h < heads_; ++h) head(layer, to, h).copy(source.head(layer, from, h), length);
  }

 private:
  std::int64_t key_numbers() const { return ops::cached_head<Number>::key_numbers(capacity_, width_); }
  std::int64_t value_numbers() const { return ops::cached_head<Number>::value_numbers(capacity_, width_); }

  std::int64_t heads_, width_, capacity_;
  std::vector<at::Tensor> keys_{}, values_{};
  pass_memory memory_{};  // of the passes with this cache, which follow each other
};

}  // namespace ease::inline v1
