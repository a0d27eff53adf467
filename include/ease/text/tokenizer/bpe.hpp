// SPDX-License-Identifier: Apache-2.0
#pragma once
// Byte-pair merging: the lowest-ranked merge first, the leftmost of equals (Sennrich et al. 2016, as in `tokenizers`).
// Short pieces are merged by scanning; long ones by a heap over a linked list, O(n log n), so that no input is slow.
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <ease/text/unicode/token.hpp>
#include <functional>
#include <limits>
#include <queue>
#include <span>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct merge {
  std::uint32_t rank;
  token_id result;
};

// (left, right) -> its merge. An open hash table: this look-up is the inner loop of tokenisation.
class merge_table {
 public:
  void reserve(std::size_t merges) { rehash(std::bit_ceil(merges * 2 + 16)); }

  // The last of equal pairs counts, as in `tokenizers`.
  void insert(token_id left, token_id right, merge m) {
    if ((size_ + 1) * 2 > slots_.size()) rehash(std::max<std::size_t>(16, slots_.size() * 2));
    slot& s = slots_[find_slot(key_of(left, right))];
    if (s.key == empty) ++size_;
    s = {key_of(left, right), m};
  }

  merge const* find(token_id left, token_id right) const {
    if (slots_.empty()) return nullptr;
    slot const& s = slots_[find_slot(key_of(left, right))];
    return s.key == empty ? nullptr : &s.value;
  }

  std::size_t size() const { return size_; }

 private:
  static constexpr std::uint64_t empty = std::numeric_limits<std::uint64_t>::max();
  struct slot {
    std::uint64_t key{empty};
    merge value{};
  };

  static std::uint64_t key_of(token_id left, token_id right) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32U | static_cast<std::uint32_t>(right);
  }
  std::size_t find_slot(std::uint64_t key) const {
    std::size_t const mask = slots_.size() - 1;
    std::uint64_t hash = key * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 32U;
    for (auto at = static_cast<std::size_t>(hash) & mask;; at = (at + 1) & mask) {
      if (slots_[at].key == key || slots_[at].key == empty) return at;
    }
  }
  void rehash(std::size_t slots) {
    auto old = std::exchange(slots_, std::vector<slot>(std::max(slots, std::bit_ceil(size_ * 2 + 1))));
    for (slot const& s : old) {
      if (s.key != empty) slots_[find_slot(s.key)] = s;
    }
  }

  std::vector<slot> slots_;
  std::size_t size_{0};
};

namespace detail {

inline constexpr std::size_t scan_limit = 48;  // symbols; above it the heap is faster

// Merges symbols in place and returns how many are left.
inline std::size_t merge_by_scanning(merge_table const& table, std::span<token_id> symbols) {
  constexpr auto none = std::numeric_limits<std::uint32_t>::max();
  // pairs[i]: what (symbols[i], symbols[i + 1]) becomes; written before it is read.
  std::array<merge, scan_limit> pairs;  // NOLINT(*-member-init)
  std::size_t n = symbols.size();
  auto const look = [&](std::size_t i) {
    merge const* const found = table.find(symbols[i], symbols[i + 1]);
    pairs[i] = found ? *found : merge{none, 0};
  };
  for (std::size_t i = 0; i + 1 < n; ++i) look(i);
  while (n > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < n; ++i) {
      if (pairs[i].rank < pairs[best].rank) best = i;
    }
    if (pairs[best].rank == none) break;
    symbols[best] = pairs[best].result;
    for (std::size_t i = best + 1; i + 1 < n; ++i) {
      symbols[i] = symbols[i + 1];
      pairs[i] = pairs[i + 1 < scan_limit ? i + 1 : i];
    }
    --n;
    if (best > 0) look(best - 1);
    if (best + 1 < n) look(best);
  }
  return n;
}

inline std::size_t merge_by_heap(merge_table const& table, std::span<token_id> symbols) {
  constexpr auto none = std::numeric_limits<std::uint32_t>::max();
  constexpr token_id gone = -1;
  struct node {
    std::uint32_t previous, next;
    merge pair;  // what this symbol and the next become; rank `none`: nothing
  };
  auto const n = static_cast<std::uint32_t>(symbols.size());
  std::vector<node> list(n);
  // The lowest rank first, then the leftmost. An entry is stale once its symbol's pair has another rank.
  std::vector<std::uint64_t> first;
  first.reserve(n);
  auto const key_of = [](std::uint32_t rank, std::uint32_t at) { return std::uint64_t{rank} << 32U | at; };
  auto const look = [&](std::uint32_t at) {
    merge const* const found = list[at].next == none ? nullptr : table.find(symbols[at], symbols[list[at].next]);
    list[at].pair = found ? *found : merge{none, 0};
    return found != nullptr;
  };
  for (std::uint32_t i = 0; i < n; ++i) {
    list[i] = {i == 0 ? none : i - 1, i + 1 == n ? none : i + 1, {none, 0}};
    if (look(i)) first.push_back(key_of(list[i].pair.rank, i));
  }
  std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> heap{std::greater<>{}, std::move(first)};
  auto const propose = [&](std::uint32_t at) {
    if (look(at)) heap.push(key_of(list[at].pair.rank, at));
  };
  while (!heap.empty()) {
    auto const at = static_cast<std::uint32_t>(heap.top() & none);
    auto const rank = static_cast<std::uint32_t>(heap.top() >> 32U);
    heap.pop();
    if (list[at].pair.rank != rank) continue;
    std::uint32_t const right = list[at].next;
    symbols[at] = list[at].pair.result;
    symbols[right] = gone;
    list[right].pair.rank = none;
    list[at].next = list[right].next;
    if (list[at].next != none) list[list[at].next].previous = at;
    if (list[at].previous != none) propose(list[at].previous);
    propose(at);
  }
  return static_cast<std::size_t>(std::remove(symbols.begin(), symbols.end(), gone) - symbols.begin());
}

}  // namespace detail

// Merges ids[first..] as one piece, in place.
inline void merge_piece(merge_table const& table, std::vector<token_id>& ids, std::size_t first) {
  std::span<token_id> const piece{ids.data() + first, ids.size() - first};
  if (piece.size() < 2) return;
  ids.resize(first + (piece.size() <= detail::scan_limit ? detail::merge_by_scanning(table, piece)
                                                         : detail::merge_by_heap(table, piece)));
}

}  // namespace ease::inline v1
