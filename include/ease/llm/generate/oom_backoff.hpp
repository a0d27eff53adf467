// SPDX-License-Identifier: Apache-2.0
#pragma once
// Out of memory: the batch is halved (sequences, tokens a pass and cache) and the requests that are not finished are run
// again, until they fit. On the CPU an answer does not depend on its batch (llm/generate/engine.hpp), so the answers are
// those of a machine with more memory.
#include <c10/util/Exception.h>

#include <algorithm>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/llm/generate/engine_options.hpp>
#include <exception>
#include <new>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// Whether the system or libtorch is out of memory. libtorch's CPU allocator has no exception type for that.
inline bool is_out_of_memory(std::exception const& e) {
  if (dynamic_cast<std::bad_alloc const*>(&e) != nullptr || dynamic_cast<c10::OutOfMemoryError const*>(&e) != nullptr)
    return true;
  auto const* const torch = dynamic_cast<c10::Error const*>(&e);
  return torch != nullptr &&
         std::string_view{torch->what_without_backtrace()}.find("can't allocate memory") != std::string_view::npos;
}

class oom_backoff {
 public:
  explicit oom_backoff(engine_options options) : bounds_{std::move(options)} {}

  // Calls ask(rows, bounds, complete) with the indices of those of `count` requests that are not finished. `ask` calls
  // complete(row, report) for each that is, and report() delivers the result. Calls do not overlap. What report() throws is
  // rethrown, whatever it is.
  template <class Ask>
  void each(std::size_t count, Ask&& ask) {
    std::vector<std::size_t> left(count);
    std::iota(left.begin(), left.end(), std::size_t{0});
    std::vector<bool> done(count);
    while (!left.empty()) {
      bool in_callback = false;
      auto const complete = [&](std::size_t row, auto&& report) {
        done[row] = true;
        in_callback = true;
        report();
        in_callback = false;
      };
      try {
        return ask(std::span<std::size_t const>{left}, std::as_const(bounds_), complete);
      } catch (std::exception const& e) {
        if (in_callback || !is_out_of_memory(e)) throw;
      }
      halve();
      std::erase_if(left, [&](std::size_t row) { return done[row]; });
    }
  }

 private:
  void halve() {
    if (bounds_.max_batch_rows <= 1 && bounds_.max_batch_tokens <= 1)
      throw error{"out of memory, with one row at a time too: --max-tokens, or a smaller model, needs less"};
    auto const before = bounds_.max_batch_rows;
    for (auto* bound : {&bounds_.max_batch_rows, &bounds_.max_batch_tokens, &bounds_.cache_tokens})
      *bound = std::max<std::int64_t>(1, *bound / 2);
    if (!std::exchange(reported_, true) && bounds_.out_of_memory) bounds_.out_of_memory(before, bounds_.max_batch_rows);
  }

  engine_options bounds_;  // never grow again
  bool reported_{false};
};

}  // namespace ease::inline v1
