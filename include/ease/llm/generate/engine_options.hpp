// SPDX-License-Identifier: Apache-2.0
#pragma once
// Options and progress of local generation and scoring.
#include <cstddef>
#include <cstdint>
#include <functional>

namespace ease::inline v1 {

struct engine_progress {
  std::size_t requests_done{}, requests{}, live{};  // of the present call
  std::size_t prompt_tokens{}, tokens{};            // read, and written
};

struct engine_options {
  std::int64_t max_batch_rows{64};       // sequences that run at once
  std::int64_t max_batch_tokens{512};    // tokens of one forward pass: long prompts are prefilled in chunks
  std::int64_t cache_tokens{64 * 4096};  // bound on the KV cache: sequences x the longest one's tokens (at least one)
  std::function<void(engine_progress const&)> progress{};  // after each forward pass
  // Called once, when memory did not suffice for `before` sequences at once and generation continues with `after` or fewer
  // (llm/generate/oom_backoff.hpp).
  std::function<void(std::int64_t before, std::int64_t after)> out_of_memory{};
};

}  // namespace ease::inline v1
