// SPDX-License-Identifier: Apache-2.0
#include <ease/train/batches/dataset.hpp>
#include <set>
#include <string>

// libtorch before Catch: both have a CHECK, and the last one counts.
#include "catch.hpp"
#include "train/reference.hpp"

using ease::tokenized_example;

TEST_CASE("rows that cannot be learnt from are rejected and counted, each kind apart") {
  std::vector<tokenized_example> const rows{
      {{1, 2, 3}, {0, 1, 1}},
      {{1, 2, 3}, {0, 0, 0}},                    // nothing trained
      {{1, 2, 3}, {1, 0, 0}},                    // only a token that nothing stands before
      {},                                        // empty
      {{1, 2, 3, 4, 5, 6}, {0, 0, 0, 0, 0, 1}},  // too long
  };
  auto const checked = ease::check_rows(rows, 5, 10);
  CHECK(checked.kept == std::vector<std::size_t>{0});
  CHECK(checked.counts.rows == 5);
  CHECK(checked.counts.kept == 1);
  CHECK(checked.counts.nothing_trained == 3);
  CHECK(checked.counts.too_long == 1);
  CHECK(checked.counts.tokens == 3);
  CHECK(checked.counts.target_tokens == 2);
}

TEST_CASE("a mask of another length and an id outside the vocabulary are errors that name the row") {
  using Catch::Contains;
  std::vector<tokenized_example> const short_mask{{{1, 2}, {0, 1}}, {{1, 2, 3}, {0, 1}}};
  CHECK_THROWS_WITH(ease::check_rows(short_mask, 5, 10), Contains("training row 1: 3 ids but a mask of 2"));
  std::vector<tokenized_example> const outside{{{1, 10}, {0, 1}}};
  CHECK_THROWS_WITH(ease::check_rows(outside, 5, 10),
                    Contains("training row 0: token id 10 is outside the model's vocabulary of 10"));
  std::vector<tokenized_example> const negative{{{1, -1}, {0, 1}}};
  CHECK_THROWS_AS(ease::check_rows(negative, 5, 10), ease::error);
}

TEST_CASE("the shuffle is a permutation that depends on seed and epoch alone") {
  auto const order = ease::shuffled(100, 42, 0);
  CHECK(std::set<std::size_t>(order.begin(), order.end()).size() == 100);
  CHECK(order == ease::shuffled(100, 42, 0));
  CHECK(order != ease::shuffled(100, 42, 1));
  CHECK(order != ease::shuffled(100, 43, 0));
  CHECK(order != ease::shuffled(100, 42ULL << 32U, 0));
  CHECK(ease::shuffled(0, 42, 0).empty());
  // A resumed or repeated run must see the same rows.
  std::vector<std::size_t> const for_ever{7, 6, 3, 5, 2, 4, 1, 0};
  CHECK(ease::shuffled(8, 42, 0) == for_ever);
}

TEST_CASE("packing keeps every row once and within the budget, and a row above it stands alone") {
  auto const rows = reference::random_rows(40, 3, 60, 50, 5);
  auto const chosen = ease::shuffled(40, 1, 0);
  for (std::size_t const budget : {1UL, 60UL, 100UL, 100000UL}) {
    std::multiset<std::size_t> seen;
    std::size_t tokens = 0;
    auto const batches = ease::pack(rows, chosen, budget);
    for (auto const& batch : batches) {
      std::size_t length = 0;
      for (auto row : batch) length += rows[row].ids.size();
      CHECK((length <= budget || batch.size() == 1));
      tokens += length;
      seen.insert(batch.begin(), batch.end());
    }
    CHECK(seen == std::multiset<std::size_t>(chosen.begin(), chosen.end()));
    if (budget == 100) CHECK(batches.size() * budget < tokens + tokens / 10);  // at most a tenth is left empty
    if (budget == 100000) CHECK(batches.front() == chosen);
  }
}

TEST_CASE("an optimiser step for each full window and one for the rest") {
  CHECK(ease::steps_of(38, 4, 1) == 10);
  CHECK(ease::steps_of(40, 4, 1) == 10);
  CHECK(ease::steps_of(1, 4, 1) == 1);
  CHECK(ease::steps_of(40, 4, 1.5) == 15);
  CHECK(ease::steps_of(38, 4, 0.01) == 1);
}
