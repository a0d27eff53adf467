// SPDX-License-Identifier: Apache-2.0
#pragma once
// The cache of tensor_network: one slot a sequence, one tensor [slots, kv_heads, capacity, head_dim] a layer, and attention
// over it by libtorch; grouped queries share keys that are not repeated.
// Non-goals: assigning slots to sequences (llm/generate/engine.hpp), growing.
#include <ATen/ATen.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/llm/arch/config.hpp>
#include <ease/llm/network/network.hpp>
#include <ease/llm/network/packed_step.hpp>
#include <optional>
#include <span>
#include <vector>

namespace ease::inline v1 {

class kv_cache final : public network_cache {
 public:
  // Zeros, since masked attention multiplies masked values by 0.
  kv_cache(model_config const& config, std::int64_t slots, std::int64_t capacity, at::Device device, at::ScalarType type)
      : heads_{config.kv_heads}, width_{config.head_dim}, capacity_{(capacity + 63) / 64 * 64} {
    for (std::int64_t i = 0; i < config.layers; ++i) {
      keys_.push_back(at::zeros({slots, heads_, capacity_, width_}, at::TensorOptions{}.device(device).dtype(type)));
      values_.push_back(at::zeros_like(keys_.back()));
    }
  }

  // Flat indices of the locations, for write(): int64 [n * kv_heads], on the cache's device.
  at::Tensor indices(std::span<cache_location const> locations) const {
    std::vector<std::int64_t> flat;
    flat.reserve(locations.size() * static_cast<std::size_t>(heads_));
    for (cache_location const& p : locations)
      for (std::int64_t h = 0; h < heads_; ++h) flat.push_back((p.slot * heads_ + h) * capacity_ + p.position);
    return at::tensor(flat, at::kLong).to(keys_.front().device());
  }

  // k, v: [n, kv_heads, head_dim], for n tokens whose locations gave `indices`.
  void write(std::size_t layer, at::Tensor const& indices, at::Tensor const& k, at::Tensor const& v) {
    keys_[layer].view({-1, width_}).index_copy_(0, indices, k.reshape({-1, width_}));
    values_[layer].view({-1, width_}).index_copy_(0, indices, v.reshape({-1, width_}));
  }

  // q: [rows, heads, head_dim], one token a sequence -> the same shape. `mask` is decode_mask(slots, lengths), where a row
  // reads the first `lengths` positions of its slot.
  at::Tensor decode(std::size_t layer, at::Tensor const& q, std::span<std::int64_t const> slots,
                    at::Tensor const& mask) const {
    std::int64_t const used = mask.size(0), longest = mask.size(3), group = q.size(1) / heads_;
    at::Tensor const where = at::tensor(slots, at::kLong).to(q.device());
    at::Tensor const grouped = at::zeros({used, heads_, group, width_}, q.options())
                                   .index_copy_(0, where, q.reshape({q.size(0), heads_, group, width_}));
    auto const part = [&](at::Tensor const& all) { return all.narrow(0, 0, used).narrow(2, 0, longest); };
    at::Tensor const mixed = at::scaled_dot_product_attention(grouped, part(keys_[layer]), part(values_[layer]), mask);
    return mixed.index_select(0, where).reshape(q.sizes());
  }

  // bool [highest slot + 1, 1, 1, longest], true where a slot's token may attend. Idle slots attend to their first position:
  // softmax over nothing would be NaN.
  at::Tensor decode_mask(std::span<std::int64_t const> slots, std::span<std::int64_t const> lengths) const {
    std::int64_t const used = *std::max_element(slots.begin(), slots.end()) + 1;
    std::int64_t const longest = *std::max_element(lengths.begin(), lengths.end());
    std::vector<std::int64_t> reach(static_cast<std::size_t>(used), 1);
    for (std::size_t r = 0; r < slots.size(); ++r) reach[static_cast<std::size_t>(slots[r])] = lengths[r];
    at::Tensor const ends = at::tensor(reach, at::kLong).to(keys_.front().device());
    return (at::arange(longest, ends.options()) < ends.unsqueeze(1)).view({used, 1, 1, longest});
  }

  // q: [n, heads, head_dim]: tokens of one slot, over its first `length` positions -> the same shape. mask: bool [n,
  // length], true where a token may attend; undefined: the n tokens are the first of the slot, and attention is causal.
  at::Tensor attend(std::size_t layer, at::Tensor const& q, std::int64_t slot, std::int64_t length,
                    at::Tensor const& mask) const {
    std::int64_t const n = q.size(0), group = q.size(1) / heads_;
    at::Tensor const queries = q.view({n, heads_, group, width_}).permute({1, 2, 0, 3});  // [kv_heads, group, n, head_dim]
    auto const part = [&](at::Tensor const& all) {  // each group reads the same keys: a view, no copies
      return all.select(0, slot).narrow(1, 0, length).unsqueeze(1).expand({heads_, group, length, width_});
    };
    std::optional<at::Tensor> const allowed = mask.defined() ? std::optional{mask} : std::nullopt;
    return at::scaled_dot_product_attention(queries, part(keys_[layer]), part(values_[layer]), allowed, 0.0, !allowed)
        .permute({2, 0, 1, 3})
        .reshape(q.sizes());
  }

  void copy(network_cache const& other, std::int64_t from, std::int64_t to, std::int64_t length) override {
    auto const& source = static_cast<kv_cache const&>(other);
    auto const part = [&](at::Tensor const& all, std::int64_t slot) { return all.select(0, slot).narrow(1, 0, length); };
    for (std::size_t layer = 0; layer < keys_.size(); ++layer) {
      part(keys_[layer], to).copy_(part(source.keys_[layer], from));
      part(values_[layer], to).copy_(part(source.values_[layer], from));
    }
  }

 private:
  std::int64_t heads_, width_, capacity_;
  std::vector<at::Tensor> keys_{}, values_{};
};

}  // namespace ease::inline v1
