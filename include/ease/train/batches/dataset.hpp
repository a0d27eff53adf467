// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tokenized examples, the check that every kept one can be trained on, and how they are split into optimiser steps and
// packed micro-batches. Rows are packed without padding, so they need not be grouped by length: the shuffle is uniform.
// Non-goal: text. A chat template has already made ids and loss mask in one pass.
#include <cstddef>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <ease/text/unicode/token.hpp>
#include <span>
#include <vector>

namespace ease::inline v1 {

// One example. `loss_mask[i] != 0`: ids[i] given ids[0..i-1] counts in the loss. Both have the same length.
struct tokenized_example {
  std::vector<token_id> ids;
  std::vector<std::uint8_t> loss_mask;
};

// Target tokens of an example: those in the loss mask that have a token before them.
std::size_t target_tokens(tokenized_example const& row);

// Counts of the rows: rows == kept + nothing_trained + too_long.
struct row_counts {
  std::size_t rows{0}, kept{0}, nothing_trained{0}, too_long{0};
  std::size_t tokens{0}, target_tokens{0};  // of the kept rows, one epoch
};

struct checked_rows {
  std::vector<std::size_t> kept;  // indices into the rows given
  row_counts counts;
};

// Keeps rows of at most `max_length` tokens with at least one target; never cuts one. Throws ease::error on a mask of
// another length than the ids and on an id outside [0, vocabulary).
checked_rows check_rows(std::span<tokenized_example const> rows, std::size_t max_length, std::int64_t vocabulary);

// `count` numbers in the order of epoch `epoch`: the same for a seed on every machine and standard library.
std::vector<std::size_t> shuffled(std::size_t count, std::uint64_t seed, std::uint64_t epoch);

struct held_out_rows {
  std::vector<std::size_t> training, evaluation;
};

// Holds out the fraction `share` of `rows`, at least one row where it is above 0, chosen by `seed` alone; both parts keep
// their order.
// Throws ease::error if nothing would be left to train on.
held_out_rows hold_out(std::vector<std::size_t> const& rows, double share, std::uint64_t seed);

// Optimiser steps of a run: a last window of fewer rows is a step of its own, as in transformers.
std::size_t steps_of(std::size_t rows, std::size_t rows_per_step, double epochs);

// Packs the rows of one optimiser step into micro-batches of at most `budget` tokens (a longer row has one of its own): best
// fit, longest first; rows keep their order inside a micro-batch. The loss is normalised over the whole step, so the split
// changes speed and memory, not the gradient.
std::vector<std::vector<std::size_t>> pack(std::span<tokenized_example const> rows, std::span<std::size_t const> step_rows,
                                           std::size_t budget);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/train/batches/dataset.ipp>
#endif
