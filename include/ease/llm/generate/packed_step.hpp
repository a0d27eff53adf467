// SPDX-License-Identifier: Apache-2.0
#pragma once
// One forward pass over tokens of many sequences, packed end to end without padding: new tokens and prefill chunks share the
// same matrix products. Used by generation (engine.hpp) and by scoring (scorer.hpp). Non-goal: scheduling.
#include <ATen/ATen.h>

#include <cstddef>
#include <cstdint>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/decoder/forward.hpp>
#include <ease/llm/generate/kv_cache.hpp>
#include <ease/text/unicode/token.hpp>
#include <span>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// A run of tokens of one slot. They are stored at positions [start, start + count) and attend to the slot up to their own.
// With `parents` they form a forest instead: token i attends to the first `start` positions, itself and its ancestors, where
// parents[i] is the index in the run of the token before it (-1: the start of a branch).
struct token_run {
  std::int64_t slot{}, start{};
  std::vector<token_id> tokens{};
  std::vector<std::int64_t> parents{};
};

class packed_step {
 public:
  // Returns the index of the run's last token among the step's tokens.
  std::size_t add(token_run run) {
    first_.push_back(ids_.size());
    for (std::size_t i = 0; i < run.tokens.size(); ++i) {
      auto const cache_position = run.start + static_cast<std::int64_t>(i);
      std::int64_t position = cache_position;
      if (!run.parents.empty())
        position = run.parents[i] < 0 ? run.start : positions_[first_.back() + static_cast<std::size_t>(run.parents[i])] + 1;
      ids_.push_back(run.tokens[i]);
      positions_.push_back(position);
      locations_.push_back({run.slot, cache_position});
    }
    runs_.push_back(std::move(run));
    return ids_.size() - 1;
  }

  std::size_t size() const { return ids_.size(); }
  bool empty() const { return ids_.empty(); }

  // -> [size, hidden]; the tokens' keys and values are in the cache afterwards.
  at::Tensor forward(decoder const& net, kv_cache& cache) const {
    at::Device const device = net.embed_tokens.device();
    at::Tensor const where = cache.indices(locations_);
    plan const p = make_plan(cache, device);
    return net.hidden(at::tensor(ids_, at::kLong).to(device), at::tensor(positions_, at::kLong).to(device),
                      [&](std::size_t layer, at::Tensor const& q, at::Tensor const& k, at::Tensor const& v) {
                        cache.write(layer, where, k, v);
                        return attend(p, cache, layer, q);
                      });
  }

 private:
  // What all layers share.
  struct plan {
    std::vector<std::int64_t> slots{}, lengths{};  // of runs of a single token, which one call attends
    at::Tensor single_rows{}, single_mask{};       // their rows in the packed tensors
    std::vector<std::size_t> longer{};             // the other runs
    std::vector<at::Tensor> masks{};               // theirs
  };

  plan make_plan(kv_cache const& cache, at::Device device) const {
    plan p;
    std::vector<std::int64_t> rows;
    for (std::size_t r = 0; r < runs_.size(); ++r) {
      token_run const& run = runs_[r];
      if (run.tokens.size() == 1) {
        p.slots.push_back(run.slot);
        p.lengths.push_back(run.start + 1);
        rows.push_back(static_cast<std::int64_t>(first_[r]));
      } else {
        p.longer.push_back(r);
        at::Tensor const mask = mask_of(run);
        p.masks.push_back(mask.defined() ? mask.to(device) : mask);
      }
    }
    if (!rows.empty() && !cache.fast_decode()) p.single_mask = cache.decode_mask(p.slots, p.lengths);
    p.single_rows = at::tensor(rows, at::kLong).to(device);
    return p;
  }

  at::Tensor attend(plan const& p, kv_cache const& cache, std::size_t layer, at::Tensor const& q) const {
    if (p.longer.empty()) return cache.decode(layer, q, p.slots, p.lengths, p.single_mask);
    at::Tensor out = at::empty_like(q, at::MemoryFormat::Contiguous);
    if (!p.slots.empty())
      out.index_copy_(0, p.single_rows,
                      cache.decode(layer, q.index_select(0, p.single_rows), p.slots, p.lengths, p.single_mask));
    for (std::size_t i = 0; i < p.longer.size(); ++i) {
      token_run const& run = runs_[p.longer[i]];
      auto const first = static_cast<std::int64_t>(first_[p.longer[i]]),
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

  std::vector<token_run> runs_{};
  std::vector<std::size_t> first_{};  // index of each run's first token
  std::vector<std::int64_t> ids_{}, positions_{};
  std::vector<cache_location> locations_{};
};

}  // namespace ease::inline v1
