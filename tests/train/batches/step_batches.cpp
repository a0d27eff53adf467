// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <ease/llm/decoder/device.hpp>
#include <ease/train/batches/step_batches.hpp>
#include <ease/train/ops/optimizer.hpp>
#include <ease/train/step/forward_backward.hpp>
#include <vector>

#include "train/reference.hpp"
// After libtorch: both have a CHECK, and the last one counts.
#include "catch.hpp"

using ease::step_batches;

namespace {

template <class Step>
concept makes_gradients =
    requires(ease::decoder const& net, ease::adamw& optimizer, std::vector<ease::tokenized_example> const& rows,
             Step const& step, ease::training_options const& options, ease::data_parallel<ease::cpu>& parallel) {
      ease::forward_backward(net, optimizer, rows, step, options, parallel);
    };

}  // namespace

// What was counted is what is computed: gradients are made of a step that is cut already, never of rows still to be cut.
static_assert(makes_gradients<step_batches>);
static_assert(!makes_gradients<std::vector<std::size_t>>);

TEST_CASE("a step's micro-batches hold each of its rows once, on whichever rank, and tell what they compute") {
  auto const rows = reference::random_rows(40, 3, 60, 61, 6);
  std::vector<std::size_t> const chosen{9, 2, 7, 0, 5, 1, 4, 30, 22, 17, 39};
  std::size_t tokens = 0, trained = 0;
  for (auto const row : chosen) tokens += rows[row].ids.size(), trained += ease::target_tokens(rows[row]);
  for (auto const& shape : {ease::batch_shape{.tokens = 70}, {.how = ease::batching::by_length, .rows = 3}})
    for (std::size_t const ranks : {1UL, 2UL, 3UL, 20UL}) {
      step_batches const step{rows, chosen, shape, ranks};
      REQUIRE(step.of_rank.size() == ranks);
      std::vector<std::size_t> seen;
      std::size_t computed = 0;
      for (auto const& micros : step.of_rank)
        for (auto const& micro : micros) {
          std::size_t longest = 0, sum = 0;
          for (auto const row : micro) {
            seen.push_back(row);
            longest = std::max(longest, rows[row].ids.size()), sum += rows[row].ids.size();
          }
          computed += shape.how == ease::batching::packed ? sum : longest * micro.size();
        }
      CHECK(std::ranges::is_permutation(seen, chosen));
      CHECK(step.tokens == tokens);
      CHECK(step.target_tokens == trained);
      CHECK(step.tokens + step.padding == computed);
      if (ranks == 1) CHECK(step.of_rank.front() == ease::micro_batches(rows, chosen, shape));
    }
}
