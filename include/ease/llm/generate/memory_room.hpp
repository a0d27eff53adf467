// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows that do not all fit into memory at once are asked for in smaller batches: half as many rows, tokens a pass and places
// of the cache, again and again, until they fit. What was finished is not done again. On the CPU a row's answer does not
// depend on its batch (llm/generate/engine.hpp), so that the answers are those a larger memory gives.
#include <c10/util/Exception.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <new>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "ease/core/error.hpp"
#include "ease/llm/generate/engine_options.hpp"

namespace ease {

// Whether the system or libtorch says that memory does not suffice. Its allocator for the CPU has no type for that.
inline bool is_out_of_memory(std::exception const& e) {
  if (dynamic_cast<std::bad_alloc const*>(&e) != nullptr || dynamic_cast<c10::OutOfMemoryError const*>(&e) != nullptr)
    return true;
  auto const* const torch = dynamic_cast<c10::Error const*>(&e);
  return torch != nullptr &&
         std::string_view{torch->what_without_backtrace()}.find("can't allocate memory") != std::string_view::npos;
}

class memory_room {
 public:
  explicit memory_room(engine_options options) : bounds_{std::move(options)} {}

  // Calls ask(rows, bounds, told) with the numbers of those of `count` rows that are not done; it calls told(row, tell) for
  // each that is, and tell() hands it on. Never at the same time. What tell() throws is thrown on, whatever it is.
  template <class Ask>
  void each(std::size_t count, Ask&& ask) {
    std::vector<std::size_t> left(count);
    std::iota(left.begin(), left.end(), std::size_t{0});
    std::vector<bool> done(count);
    while (!left.empty()) {
      bool telling = false;
      auto const told = [&](std::size_t row, auto&& tell) {
        done[row] = true;
        telling = true;
        tell();
        telling = false;
      };
      try {
        return ask(std::span<std::size_t const>{left}, std::as_const(bounds_), told);
      } catch (std::exception const& e) {
        if (telling || !is_out_of_memory(e)) throw;
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
    if (!std::exchange(said_, true) && bounds_.out_of_memory) bounds_.out_of_memory(before, bounds_.max_batch_rows);
  }

  engine_options bounds_;  // stay small once they had to
  bool said_{false};
};

}  // namespace ease
