// SPDX-License-Identifier: Apache-2.0
#pragma once
// The tokens of one forward pass, of many sequences, packed end to end without padding: new tokens and prefill chunks share
// the same matrix products. Used by generation (llm/generate/engine.hpp) and by scoring (scorer.hpp). Non-goals: scheduling,
// computing (network.hpp).
#include <cstddef>
#include <cstdint>
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

// Where a token of a step is stored in the cache.
struct cache_location {
  std::int64_t slot{}, position{};
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

  std::vector<std::int64_t> const& ids() const { return ids_; }
  std::vector<std::int64_t> const& positions() const { return positions_; }  // for the rotation
  std::vector<cache_location> const& locations() const { return locations_; }
  std::vector<token_run> const& runs() const { return runs_; }
  std::size_t first_of(std::size_t run) const { return first_[run]; }  // index of its first token

 private:
  std::vector<token_run> runs_{};
  std::vector<std::size_t> first_{};
  std::vector<std::int64_t> ids_{}, positions_{};
  std::vector<cache_location> locations_{};
};

}  // namespace ease::inline v1
