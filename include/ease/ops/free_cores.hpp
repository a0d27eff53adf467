// SPDX-License-Identifier: Apache-2.0
#pragma once
// How many threads a pass takes where other programs run on the same cores. A team waits at each barrier for its last thread,
// and one that another program has displaced for a time slice holds up all: two threads of which one shares its core do less
// than one alone. Passes that were held up have fewer threads behind them, and after a while one more is tried again. What is
// computed is the same with any number.
#include <algorithm>
#include <chrono>
#include <ease/ops/thread_team.hpp>
#include <mutex>
#include <utility>

namespace ease::inline v1::ops {

class free_cores {
 public:
  using duration = std::chrono::nanoseconds;

  // Of the threads that are asked for, how many a pass should have.
  int of(int threads) {
    std::scoped_lock const one_at_a_time{access_};
    return std::max(1, threads - displaced_);
  }
  // How a pass of `size` threads of `asked` went, which took so long, and whose threads waited so long for one that did not run
  // (thread_team::run).
  void passed(int asked, int size, duration took, duration held_up) {
    std::scoped_lock const one_at_a_time{access_};
    if (size != std::max(1, asked - displaced_)) return;  // it began before another changed the number
    if (4 * held_up > took && size > 1) {
      bool const again = pause_ > first_pause;  // a thread more was tried a moment ago
      if (++held_up_ < (again ? 1 : passes_to_believe)) return;
      displaced_ = asked - size + 1;
      pause_ = std::min(2 * pause_, longest_pause);
      held_up_ = 0, since_ = {};
      return;
    }
    held_up_ = 0;
    if ((since_ += took) < pause_) return;
    since_ = {};
    if (displaced_ > 0)
      --displaced_;
    else
      pause_ = first_pause;
  }

 private:
  static constexpr int passes_to_believe{3};
  static constexpr duration first_pause{std::chrono::milliseconds{50}}, longest_pause{std::chrono::milliseconds{1600}};

  std::mutex access_{};
  int displaced_{0}, held_up_{0};
  duration since_{}, pause_{first_pause};  // passes took so long since the number changed; until then it stays
};

// Calls work(thread_team::member&) on the team of the process, with as many of `threads` threads as have cores of their own.
template <class Work>
void run_on_free_cores(int threads, Work&& work) {
  static free_cores cores;
  int const size = cores.of(threads);
  auto const start = std::chrono::steady_clock::now();
  auto const held_up = thread_team::of_process().run(size, std::forward<Work>(work));
  cores.passed(threads, size, std::chrono::steady_clock::now() - start, held_up);
}

}  // namespace ease::inline v1::ops
