// SPDX-License-Identifier: Apache-2.0
#pragma once
// Threads that run one function together, with barriers inside it: one dispatch for a whole forward pass in place of one an
// operation. A thread that waits spins for some microseconds, then sleeps: an idle team costs nothing, and where another
// program takes a core the waiting thread gives up its own. Tasks are handed out as threads ask for them, so that one that is
// held up takes fewer. Non-goals: nested use, tasks that throw (they end the program).
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace ease::inline v1::ops {

class thread_team {
  struct shared_state;

 public:
  // What a thread of the team knows while a function runs.
  class member {
   public:
    member(shared_state& state, int index, int size) : state_{&state}, index_{index}, size_{size} {}

    int index() const { return index_; }
    int size() const { return size_; }

    // Returns when all members have called it; what they wrote before is seen by all after.
    void barrier();

    // Calls work(begin, end) for ranges that together are [0, count), each on one member, and returns on all when all are
    // done. All members call it with the same count. Large ranges come first, none shorter than `least` but the last.
    template <class Work>
    void for_ranges(std::int64_t count, std::int64_t least, Work&& work) {
      if (size_ == 1) {
        if (count > 0) work(std::int64_t{0}, count);
        return;
      }
      for (std::int64_t begin, end; next_range(count, least, begin, end);) work(begin, end);
      barrier();
    }
    template <class Work>
    void for_each(std::int64_t count, Work&& work) {
      for_ranges(count, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) work(i);
      });
    }

    // Where the range begins that is handed out next, if no other member takes it before: to fetch its memory early. At least
    // `count`: there is none.
    std::int64_t upcoming(std::int64_t count) const;

   private:
    bool next_range(std::int64_t count, std::int64_t least, std::int64_t& begin, std::int64_t& end);

    shared_state* state_;
    int index_, size_;
  };

  // The team of the process: models that run in one process share its threads, and take turns.
  static thread_team& of_process();

  thread_team();
  thread_team(thread_team const&) = delete;
  thread_team& operator=(thread_team const&) = delete;
  ~thread_team();

  // Calls work(member&) on `threads` threads at once, one of them the caller's; returns when all have returned: how long threads
  // waited, all together, where one waited longer than a thread that runs lets it.
  template <class Work>
  std::chrono::nanoseconds run(int threads, Work&& work) {
    using plain = std::remove_reference_t<Work>;
    return run(
        std::max(1, threads), [](void* of, member& m) { (*static_cast<plain*>(of))(m); },
        const_cast<void*>(static_cast<void const*>(&work)));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  }

 private:
  using function = void (*)(void*, member&);
  std::chrono::nanoseconds run(int threads, function call, void* work);
  void grow(int threads);

  std::unique_ptr<shared_state> state_;
  std::mutex turn_{};
  std::vector<std::thread> threads_{};
};

}  // namespace ease::inline v1::ops

#ifndef EASE_COMPILED
#include <ease/ops/thread_team.ipp>
#endif
