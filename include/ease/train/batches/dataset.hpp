// SPDX-License-Identifier: Apache-2.0
#pragma once
// Training rows, the check that every kept row can be learnt from, and the plan that deals rows to optimiser steps and to
// packed micro-batches. Rows are packed without padding, so no row needs neighbours of its own length: the shuffle is
// uniform. Non-goal: text. A chat template has already made ids and mask in one walk.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ease/core/compiled.hpp"
#include "ease/text/unicode/token.hpp"

namespace ease {

// One sample. `trained[i] != 0` means that the loss asks for ids[i] given ids[0..i-1]; both have the same length.
struct training_row {
  std::vector<token_id> ids;
  std::vector<std::uint8_t> trained;
};

// Targets of a row: tokens that are trained and have a token before them to be predicted from.
std::size_t trained_tokens(training_row const& row);

// What became of the rows: rows == kept + nothing_trained + too_long.
struct row_counts {
  std::size_t rows{0}, kept{0}, nothing_trained{0}, too_long{0};
  std::size_t tokens{0}, trained_tokens{0};  // of the kept rows, one epoch
};

struct checked_rows {
  std::vector<std::size_t> kept;  // indices into the rows given
  row_counts counts;
};

// Keeps rows of at most `max_length` tokens with at least one target; never cuts one. Throws ease::error on a mask of
// another length than the ids and on an id outside [0, vocabulary).
checked_rows check_rows(std::span<training_row const> rows, std::size_t max_length, std::int64_t vocabulary);

// `count` numbers in the order of epoch `epoch`: the same for a seed on every machine and standard library.
std::vector<std::size_t> shuffled(std::size_t count, std::uint64_t seed, std::uint64_t epoch);

struct held_out_rows {
  std::vector<std::size_t> training, evaluation;
};

// Sets `share` of `rows` aside, at least one row where it is above 0, chosen by `seed` alone; both parts keep their order.
// Throws ease::error if nothing would be left to train on.
held_out_rows hold_out(std::vector<std::size_t> const& rows, double share, std::uint64_t seed);

// Optimiser steps of a run: a last window of fewer rows is a step of its own, as in transformers.
std::size_t steps_of(std::size_t rows, std::size_t rows_per_step, double epochs);

// Deals the rows of one optimiser step into micro-batches of at most `budget` tokens (a longer row stands alone): best fit,
// longest first; rows keep their order inside a micro-batch. The loss is normalised over the whole step, so the split
// changes speed and memory, not the gradient.
std::vector<std::vector<std::size_t>> pack(std::span<training_row const> rows, std::span<std::size_t const> step_rows,
                                           std::size_t budget);

}  // namespace ease

#ifndef EASE_COMPILED
#include "ease/train/batches/dataset.ipp"
#endif
