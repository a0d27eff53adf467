// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of train/batches/dataset.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <cmath>
#include <ease/core/error.hpp>
#include <ease/train/batches/dataset.hpp>
#include <numeric>
#include <random>

namespace ease::inline v1 {

EASE_INLINE std::size_t target_tokens(tokenized_example const& row) {
  if (row.loss_mask.empty()) return 0;
  return static_cast<std::size_t>(
      std::count_if(row.loss_mask.begin() + 1, row.loss_mask.end(), [](auto in_loss) { return in_loss != 0; }));
}

EASE_INLINE checked_rows check_rows(std::span<tokenized_example const> rows, std::size_t max_length,
                                    std::int64_t vocabulary) {
  checked_rows checked;
  checked.counts.rows = rows.size();
  for (std::size_t index = 0; index < rows.size(); ++index) {
    auto const& row = rows[index];
    if (row.ids.size() != row.loss_mask.size())
      throw error{"training row {}: {} ids but a mask of {}: build both with chat_template::example", index, row.ids.size(),
                  row.loss_mask.size()};
    for (auto id : row.ids)
      if (id < 0 || id >= vocabulary)
        throw error{
            "training row {}: token id {} is outside the model's vocabulary of {}: use the model's own tokenizer, and add "
            "tokens with add_think_tokens",
            index, id, vocabulary};
    auto const targets = target_tokens(row);
    if (row.ids.size() > max_length) {
      ++checked.counts.too_long;
    } else if (targets == 0) {
      ++checked.counts.nothing_trained;
    } else {
      checked.kept.push_back(index);
      checked.counts.tokens += row.ids.size();
      checked.counts.target_tokens += targets;
    }
  }
  checked.counts.kept = checked.kept.size();
  return checked;
}

EASE_INLINE std::vector<std::size_t> shuffled(std::size_t count, std::uint64_t seed, std::uint64_t epoch) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::seed_seq mixed{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U),
                      static_cast<std::uint32_t>(epoch)};
  std::mt19937_64 generator{mixed};
  for (std::size_t left = count; left > 1; --left) {
    auto const limit = generator.max() - generator.max() % left;  // rejection: no modulo bias
    auto draw = generator();
    while (draw >= limit) draw = generator();
    std::swap(order[left - 1], order[draw % left]);
  }
  return order;
}

EASE_INLINE held_out_rows hold_out(std::vector<std::size_t> const& rows, double share, std::uint64_t seed) {
  if (share <= 0 || rows.empty()) return {.training = rows, .evaluation = {}};
  auto const count = static_cast<std::size_t>(std::ceil(share * static_cast<double>(rows.size())));
  if (count >= rows.size())
    throw error{"the evaluation share of {} takes all {} rows: give a smaller one, or more rows", share, rows.size()};
  constexpr std::uint64_t no_epoch = 0xffffffffU;  // an order that no epoch has
  auto const order = shuffled(rows.size(), seed, no_epoch);
  std::vector<bool> aside(rows.size(), false);
  for (std::size_t i = 0; i < count; ++i) aside[order[i]] = true;
  held_out_rows parts;
  for (std::size_t i = 0; i < rows.size(); ++i) (aside[i] ? parts.evaluation : parts.training).push_back(rows[i]);
  return parts;
}

EASE_INLINE std::size_t steps_of(std::size_t rows, std::size_t rows_per_step, double epochs) {
  auto const per_epoch = (rows + rows_per_step - 1) / rows_per_step;
  return static_cast<std::size_t>(std::ceil(epochs * static_cast<double>(per_epoch)));
}

EASE_INLINE std::vector<std::vector<std::size_t>> pack(std::span<tokenized_example const> rows,
                                                       std::span<std::size_t const> step_rows, std::size_t budget) {
  std::vector<std::size_t> longest_first(step_rows.size());
  std::iota(longest_first.begin(), longest_first.end(), std::size_t{0});
  std::stable_sort(longest_first.begin(), longest_first.end(),
                   [&](auto a, auto b) { return rows[step_rows[a]].ids.size() > rows[step_rows[b]].ids.size(); });
  struct bin {
    std::size_t tokens{0};
    std::vector<std::size_t> places;
  };
  std::vector<bin> bins;
  for (auto place : longest_first) {
    auto const length = rows[step_rows[place]].ids.size();
    bin* best = nullptr;
    for (auto& candidate : bins)
      if (candidate.tokens + length <= budget && (best == nullptr || candidate.tokens > best->tokens)) best = &candidate;
    if (best == nullptr) best = &bins.emplace_back();
    best->tokens += length;
    best->places.push_back(place);
  }
  std::vector<std::vector<std::size_t>> batches;
  for (auto& full : bins) {
    std::sort(full.places.begin(), full.places.end());
    auto& batch = batches.emplace_back();
    for (auto place : full.places) batch.push_back(step_rows[place]);
  }
  return batches;
}

}  // namespace ease::inline v1
