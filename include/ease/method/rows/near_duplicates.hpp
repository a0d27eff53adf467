// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which texts share so much that an estimate must not treat them as different: one jailbreak wrapper around three requests
// is met three times. Two texts are near duplicates when they have at least a fraction of the shorter one's stretches of 24
// bytes in common (w-shingling and containment: Broder, On the resemblance and containment of documents, 1997); bytes, so
// that languages without spaces are treated alike. On the demo's jailbreaks this finds every pair with one wrapper.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/core/hash.hpp>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ease::inline v1 {

namespace detail {

// Hashes of all stretches of 24 bytes, each once, white space counting as one blank; of the whole text if it is shorter.
inline std::vector<std::uint64_t> shingles(std::string_view text) {
  constexpr std::size_t width = 24;
  std::string even;
  for (char const c : text) {
    bool const blank = c == ' ' || (c >= '\t' && c <= '\r');
    if (!blank) even += c;
    if (blank && !even.empty() && even.back() != ' ') even += ' ';
  }
  if (even.ends_with(' ')) even.pop_back();
  std::vector<std::uint64_t> out;
  for (std::size_t i = 0; i == 0 || i + width <= even.size(); ++i)
    out.push_back(xxh3(std::string_view{even}.substr(i, width)));
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

}  // namespace detail

// For each text the number of its cluster, counted from 0 as they are met: near duplicates have one number, and so have the
// near duplicates of those.
inline std::vector<std::size_t> near_duplicates(std::span<std::string const> texts, double fraction = 0.3) {
  std::vector<std::size_t> sizes, leader(texts.size());
  std::iota(leader.begin(), leader.end(), std::size_t{0});
  auto const leader_of = [&](std::size_t i) {
    while (leader[i] != i) i = leader[i] = leader[leader[i]];
    return i;
  };
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> seen;  // shingle -> texts before this one
  std::vector<std::size_t> common;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto const mine = detail::shingles(texts[i]);
    sizes.push_back(mine.size());
    common.assign(i, 0);
    for (auto const s : mine) {
      auto& others = seen[s];
      for (auto const j : others) ++common[j];
      others.push_back(i);
    }
    for (std::size_t j = 0; j < i; ++j)
      if (static_cast<double>(common[j]) >= fraction * static_cast<double>(std::min(sizes[i], sizes[j])))
        leader[leader_of(i)] = leader_of(j);
  }
  std::unordered_map<std::size_t, std::size_t> numbers;
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < texts.size(); ++i)
    out.push_back(numbers.try_emplace(leader_of(i), numbers.size()).first->second);
  return out;
}

}  // namespace ease::inline v1
