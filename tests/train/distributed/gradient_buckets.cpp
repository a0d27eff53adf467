// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <ease/train/batches/shard_by_length.hpp>
#include <ease/train/distributed/gradient_buckets.hpp>
#include <numeric>
#include <random>
#include <vector>

#include "catch.hpp"

TEST_CASE("buckets cover the gradient once, from its end, and leave in the same order whatever arrives when") {
  std::mt19937 dice{7};
  for (int round = 0; round < 200; ++round) {
    std::vector<std::int64_t> sizes(1 + dice() % 12);
    for (auto& size : sizes) size = 1 + static_cast<std::int64_t>(dice() % 50);
    auto const limit = 1 + static_cast<std::int64_t>(dice() % 80);
    ease::gradient_buckets buckets{sizes, limit};
    std::vector<std::int64_t> starts(sizes.size() + 1);
    std::partial_sum(sizes.begin(), sizes.end(), starts.begin() + 1);

    std::vector<std::size_t> order(sizes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::shuffle(order.begin(), order.end(), dice);
    auto const arriving = dice() % (order.size() + 1);  // the others never come
    std::vector<bool> there(sizes.size());
    auto expected_end = starts.back();
    auto const sent = [&](ease::gradient_buckets::range const& r) {
      CHECK(r.end == expected_end);
      CHECK(r.begin < r.end);
      CHECK(std::find(starts.begin(), starts.end(), r.begin) != starts.end());
      // Full, or the last one; and not fuller than its last parameter makes it.
      auto const last = *std::upper_bound(starts.begin(), starts.end(), r.begin) - r.begin;
      if (r.begin > 0) CHECK(r.end - r.begin >= limit);
      CHECK(r.end - r.begin - last < limit);
      expected_end = r.begin;
    };
    for (int pass = 0; pass < 2; ++pass) {
      buckets.start();
      expected_end = starts.back();
      there.assign(sizes.size(), false);
      for (std::size_t k = 0; k < arriving; ++k) {
        there[order[k]] = true;
        buckets.arrived(order[k], [&](auto const& r) {
          for (std::size_t i = 0; i < sizes.size(); ++i)
            if (starts[i] >= r.begin && starts[i] < r.end) CHECK(there[i]);
          sent(r);
        });
      }
      buckets.finish(sent);
      CHECK(expected_end == 0);
    }
  }
}

TEST_CASE("a gradient that arrives twice is refused: its bucket may have gone") {
  std::vector<std::int64_t> const sizes{3, 4};
  ease::gradient_buckets buckets{sizes, 1};
  buckets.arrived(1, [](auto const&) {});
  CHECK_THROWS_WITH(buckets.arrived(1, [](auto const&) {}), Catch::Contains("parameter 1 got two gradients"));
}

TEST_CASE("rows are sharded over ranks by tokens: each once and no rank has more than one row too many") {
  std::mt19937 dice{3};
  std::vector<ease::tokenized_example> rows(40);
  for (auto& row : rows) row.ids.resize(100 + dice() % 1400);
  std::vector<std::size_t> step(rows.size());
  std::iota(step.begin(), step.end(), std::size_t{0});
  std::shuffle(step.begin(), step.end(), dice);
  for (std::size_t const ranks : {1UL, 2UL, 3UL, 7UL, 50UL}) {
    auto const shards = ease::shard_by_length(rows, step, ranks);
    REQUIRE(shards.size() == ranks);
    std::vector<std::size_t> all, loads;
    for (auto const& mine : shards) {
      all.insert(all.end(), mine.begin(), mine.end());
      loads.push_back(0);
      for (auto const row : mine) loads.back() += rows[row].ids.size();
    }
    std::sort(all.begin(), all.end());
    std::vector<std::size_t> each(rows.size());
    std::iota(each.begin(), each.end(), std::size_t{0});
    CHECK(all == each);
    auto const [least, most] = std::minmax_element(loads.begin(), loads.end());
    if (ranks <= 7) CHECK(*most - *least <= 200);  // the shortest rows even out what the longest leave
    CHECK(*most - *least <= 1500);
  }
  CHECK(ease::shard_by_length(rows, step, 1).front() == step);
}
