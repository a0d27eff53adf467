// SPDX-License-Identifier: Apache-2.0
#pragma once
// A decoder's forward passes by libtorch's operations, on the weights' device.
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <cstddef>
#include <cstdint>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/decoder/forward.hpp>
#include <ease/llm/network/kv_cache.hpp>
#include <ease/llm/network/network.hpp>
#include <ease/llm/network/packed_step.hpp>
#include <memory>
#include <span>
#include <vector>

namespace ease::inline v1 {

class tensor_network final : public network {
 public:
  // The decoder must outlive the network.
  explicit tensor_network(decoder const& net) : net_{net} {}

  model_config const& config() const override { return net_.config; }
  bool on_cpu() const override { return net_.embed_tokens.is_cpu(); }

  std::unique_ptr<network_cache> new_cache(std::int64_t slots, std::int64_t capacity) const override {
    return std::make_unique<kv_cache>(net_.config, slots, capacity, net_.embed_tokens.device(),
                                      net_.embed_tokens.scalar_type());
  }

  at::Tensor hidden(packed_step const& step, network_cache& any) const override {
    c10::InferenceMode const no_gradients;
    auto& cache = static_cast<kv_cache&>(any);
    at::Device const device = net_.embed_tokens.device();
    at::Tensor const where = cache.indices(step.locations());
    plan const p = make_plan(step, cache, device);
    return net_.hidden(at::tensor(step.ids(), at::kLong).to(device), at::tensor(step.positions(), at::kLong).to(device),
                       [&](std::size_t layer, at::Tensor const& q, at::Tensor const& k, at::Tensor const& v) {
                         cache.write(layer, where, k, v);
                         return attend(step, p, cache, layer, q);
                       });
  }

  at::Tensor logits(at::Tensor const& hidden, std::span<std::int64_t const> rows) const override {
    c10::InferenceMode const no_gradients;
    at::Tensor const some = hidden.index_select(0, at::tensor(rows, at::kLong).to(hidden.device()));
    at::Tensor const all = net_.logits(some);
    return all.is_cpu() ? all.to(at::kFloat) : all;
  }

  void give_back(decoder& /*net*/) const override {}

 private:
  // What all layers share.
  struct plan {
    std::vector<std::int64_t> slots{}, lengths{};  // of runs of a single token, which one call attends
    at::Tensor single_rows{}, single_mask{};       // their rows in the packed tensors
    std::vector<std::size_t> longer{};             // the other runs
    std::vector<at::Tensor> masks{};               // theirs
  };

  static plan make_plan(packed_step const& step, kv_cache const& cache, at::Device device) {
    plan p;
    std::vector<std::int64_t> rows;
    for (std::size_t r = 0; r < step.runs().size(); ++r) {
      token_run const& run = step.runs()[r];
      if (run.tokens.size() == 1) {
        p.slots.push_back(run.slot);
        p.lengths.push_back(run.start + 1);
        rows.push_back(static_cast<std::int64_t>(step.first_of(r)));
      } else {
        p.longer.push_back(r);
        at::Tensor const mask = mask_of(run);
        p.masks.push_back(mask.defined() ? mask.to(device) : mask);
      }
    }
    if (!rows.empty()) p.single_mask = cache.decode_mask(p.slots, p.lengths);
    p.single_rows = at::tensor(rows, at::kLong).to(device);
    return p;
  }

  static at::Tensor attend(packed_step const& step, plan const& p, kv_cache const& cache, std::size_t layer,
                           at::Tensor const& q) {
    if (p.longer.empty()) return cache.decode(layer, q, p.slots, p.single_mask);
    at::Tensor out = at::empty_like(q, at::MemoryFormat::Contiguous);
    if (!p.slots.empty())
      out.index_copy_(0, p.single_rows, cache.decode(layer, q.index_select(0, p.single_rows), p.slots, p.single_mask));
    for (std::size_t i = 0; i < p.longer.size(); ++i) {
      token_run const& run = step.runs()[p.longer[i]];
      auto const first = static_cast<std::int64_t>(step.first_of(p.longer[i])),
                 count = static_cast<std::int64_t>(run.tokens.size());
      out.narrow(0, first, count)
          .copy_(cache.attend(layer, q.narrow(0, first, count), run.slot, run.start + count, p.masks[i]));
    }
    return out;
  }

  // bool [count, start + count]; undefined: plain causal attention from position 0.
  static at::Tensor mask_of(token_run const& run) {
    auto const count = static_cast<std::int64_t>(run.tokens.size());
    if (run.parents.empty()) {
      if (run.start == 0) return {};
      return at::arange(run.start + count).unsqueeze(0) <= at::arange(run.start, run.start + count).unsqueeze(1);
    }
    at::Tensor mask = at::zeros({count, run.start + count}, at::kBool);
    mask.narrow(1, 0, run.start).fill_(true);
    auto sees = mask.accessor<bool, 2>();
    for (std::int64_t i = 0; i < count; ++i)
      for (std::int64_t up = i; up >= 0; up = run.parents[static_cast<std::size_t>(up)]) sees[i][run.start + up] = true;
    return mask;
  }

  decoder const& net_;
};

}  // namespace ease::inline v1
