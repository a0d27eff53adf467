// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <ease/train/batches/batching.hpp>
#include <numeric>
#include <set>
#include <vector>

#include "train/reference.hpp"
// After libtorch: both have a CHECK, and the last one counts.
#include "catch.hpp"

using ease::batching;

TEST_CASE("the order of an epoch holds every row once, by length a step's rows are alike, and the steps are not sorted") {
  auto const rows = reference::random_rows(1003, 1, 500, 61, 8);
  std::vector<std::size_t> training(rows.size() - 3);
  std::iota(training.begin(), training.end(), 3UL);
  auto const order = [&](batching how, std::uint64_t seed, std::uint64_t epoch) {
    return ease::epoch_order(rows, training, how, 8, seed, epoch);
  };
  CHECK(order(batching::packed, 42, 1) == ease::shuffled(1000, 42, 1));
  auto const sorted = order(batching::by_length, 42, 1);
  CHECK(std::set<std::size_t>(sorted.begin(), sorted.end()).size() == 1000);
  CHECK(sorted == order(batching::by_length, 42, 1));
  CHECK(sorted != order(batching::by_length, 42, 2));
  CHECK(sorted != order(batching::by_length, 43, 1));

  std::vector<std::size_t> longest;
  for (std::size_t step = 0; step < 125; ++step) {
    std::vector<std::size_t> lengths;
    for (std::size_t i = 0; i < 8; ++i) lengths.push_back(rows[training[sorted[8 * step + i]]].ids.size());
    auto const [least, most] = std::ranges::minmax(lengths);
    CHECK(most - least <= 45);  // 400 rows of 1 to 500 tokens, 8 neighbours
    longest.push_back(most);
  }
  std::size_t falls = 0;
  for (std::size_t i = 1; i < longest.size(); ++i) falls += longest[i] < longest[i - 1] ? 1 : 0;
  CHECK(falls > 40);
  CHECK(falls < 84);
}

TEST_CASE("micro-batches by length have so many rows, neighbours in length, and tell their padding") {
  auto const rows = reference::random_rows(11, 3, 60, 50, 5);
  std::vector<std::size_t> const chosen{9, 2, 7, 0, 5, 1, 4};
  auto const batches = ease::micro_batches(rows, chosen, {.how = batching::by_length, .rows = 3, .tokens = 1});
  REQUIRE(batches.size() == 3);
  std::vector<std::size_t> lengths, seen;
  std::size_t padding = 0, slots = 0, tokens = 0;
  for (auto const& batch : batches) {
    padding += ease::padding_of(rows, batch, batching::by_length);
    CHECK(ease::padding_of(rows, batch, batching::packed) == 0);
    slots += batch.size() * rows[batch.front()].ids.size();
    for (auto const row : batch) lengths.push_back(rows[row].ids.size()), seen.push_back(row), tokens += lengths.back();
  }
  CHECK(batches.back().size() == 1);
  CHECK(std::ranges::is_sorted(lengths, std::ranges::greater{}));
  CHECK(std::multiset<std::size_t>(seen.begin(), seen.end()) == std::multiset<std::size_t>(chosen.begin(), chosen.end()));
  CHECK(padding == slots - tokens);
  CHECK(ease::micro_batches(rows, chosen, {.tokens = 100}) == ease::pack(rows, chosen, 100));
}
