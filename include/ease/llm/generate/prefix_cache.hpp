// SPDX-License-Identifier: Apache-2.0
#pragma once
// Beginnings that the prompts of earlier calls had in common, such as a guard's policy, with their keys and values: later
// calls of the same network, of whichever stage, need not compute them again. A result is the same with and without.
// Non-goal: what a single earlier prompt had.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/llm/network/network.hpp>
#include <ease/text/unicode/token.hpp>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// How many tokens two texts have in common at their beginning.
inline std::size_t common_tokens(std::span<token_id const> a, std::span<token_id const> b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

class prefix_cache {
 public:
  struct found {
    network_cache const* cache{};  // slot 0; null: there is none
    std::size_t tokens{};
  };

  // The entry that has most tokens of the beginning of `prompt`.
  found longest(std::span<token_id const> prompt) {
    auto best = entries_.end();
    std::size_t tokens = 0;
    for (auto e = entries_.begin(); e != entries_.end(); ++e)
      if (std::size_t const common = common_tokens(e->tokens, prompt); common > tokens) best = e, tokens = common;
    if (best == entries_.end()) return {};
    std::rotate(best, best + 1, entries_.end());  // the newest used is the last
    return {entries_.back().cache.get(), tokens};
  }

  // Keeps a beginning, which stands in a slot of a cache of `net`. Entries that it begins with, and the least used ones beyond
  // most_tokens, go.
  void keep(network const& net, std::span<token_id const> beginning, network_cache const& from, std::int64_t slot) {
    if (beginning.size() > most_tokens || longest(beginning).tokens == beginning.size()) return;
    std::erase_if(entries_, [&](entry const& e) { return common_tokens(e.tokens, beginning) == e.tokens.size(); });
    auto const length = static_cast<std::int64_t>(beginning.size());
    entry fresh{{beginning.begin(), beginning.end()}, net.new_cache(1, length)};
    fresh.cache->copy(from, slot, 0, length);
    entries_.push_back(std::move(fresh));
    std::size_t kept = 0;
    for (entry const& e : entries_) kept += e.tokens.size();
    while (kept > most_tokens) kept -= entries_.front().tokens.size(), entries_.erase(entries_.begin());
  }

  void clear() { entries_.clear(); }

 private:
  static constexpr std::size_t most_tokens = 4096;  // a sequence or two's worth of memory

  struct entry {
    std::vector<token_id> tokens;
    std::unique_ptr<network_cache> cache;
  };
  std::vector<entry> entries_{};
};

}  // namespace ease::inline v1
