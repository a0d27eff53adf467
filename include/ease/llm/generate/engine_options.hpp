// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a user may set of local generation and scoring, and what they may watch of it.
#include <cstddef>
#include <cstdint>
#include <functional>

namespace ease {

struct engine_progress {
  std::size_t rows_done{}, rows{}, live{};  // of the present call
  std::size_t prompt_tokens{}, tokens{};    // read, and written
};

struct engine_options {
  std::int64_t max_batch_rows{64};       // rows that generate at once
  std::int64_t max_batch_tokens{512};    // tokens of one forward pass: long prompts are read in pieces
  std::int64_t cache_tokens{64 * 4096};  // bound on the cache: rows at once x the longest row's tokens (at least one row)
  std::function<void(engine_progress const&)> progress{};  // after each forward pass
  // Once, when memory did not suffice for `before` rows at once and it goes on with `after` or fewer
  // (llm/generate/memory_room.hpp).
  std::function<void(std::int64_t before, std::int64_t after)> out_of_memory{};
};

}  // namespace ease
