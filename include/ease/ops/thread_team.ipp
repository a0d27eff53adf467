// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of ops/thread_team.hpp; core/compiled.hpp says where they are compiled.
#include <ease/ops/thread_team.hpp>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ease::inline v1::ops {

namespace teams {  // not "detail": ease::detail would be hidden from what is included behind this

inline void pause_briefly() {
#if defined(__x86_64__)
  _mm_pause();
#else
  std::this_thread::yield();
#endif
}

// Until `value` is no longer `old`: some 10 to 50 us of spinning (the length of a pause differs among processors), then
// asleep. Returns how long it slept, where that was longer than threads that run wait for each other.
inline std::chrono::nanoseconds wait_for_change(std::atomic<std::uint32_t> const& value, std::uint32_t old) {
  constexpr int spins = 1000;
  constexpr std::chrono::microseconds long_wait{500};
  for (int i = 0; i < spins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return {};
    pause_briefly();
  }
  auto const start = std::chrono::steady_clock::now();
  value.wait(old, std::memory_order_acquire);
  auto const took = std::chrono::steady_clock::now() - start;
  return took > long_wait ? took : std::chrono::nanoseconds{};
}

inline constexpr std::size_t apart = 128;  // bytes: two cache lines, which processors fetch together

}  // namespace teams

struct thread_team::shared_state {
  // The number of functions run so far, and in the low bits how many members the newest has: a thread that is not one of them
  // may look late, and must not read the members of another call.
  static constexpr std::uint32_t size_bits = 12;
  alignas(teams::apart) std::atomic<std::uint32_t> calls{0};
  alignas(teams::apart) std::atomic<std::uint32_t> passed{0};  // barriers
  alignas(teams::apart) std::atomic<int> arrived{0};
  alignas(teams::apart) std::atomic<std::int64_t> next_task{0};
  alignas(teams::apart) std::atomic<int> running{0};  // members beside the caller that have not returned
  std::atomic<std::uint32_t> all_returned{0};
  std::atomic<std::int64_t> held_up{0};  // nanoseconds that members of this call waited for one that did not run

  void wait_for_others(std::atomic<std::uint32_t> const& value, std::uint32_t old) {
    if (auto const slept = teams::wait_for_change(value, old); slept.count() > 0) held_up += slept.count();
  }
  function call{};
  void* work{};
  std::atomic<bool> ends{false};
};

EASE_INLINE void thread_team::member::barrier() {
  if (size_ == 1) return;
  shared_state& s = *state_;
  std::uint32_t const before = s.passed.load(std::memory_order_acquire);
  if (s.arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == size_) {
    s.arrived.store(0, std::memory_order_relaxed);
    s.next_task.store(0, std::memory_order_relaxed);
    s.passed.store(before + 1, std::memory_order_release);
    s.passed.notify_all();
  } else {
    s.wait_for_others(s.passed, before);
  }
}

EASE_INLINE std::int64_t thread_team::member::upcoming(std::int64_t count) const {
  return size_ == 1 ? count : state_->next_task.load(std::memory_order_relaxed);
}

EASE_INLINE bool thread_team::member::next_range(std::int64_t count, std::int64_t least, std::int64_t& begin,
                                                 std::int64_t& end) {
  std::atomic<std::int64_t>& next = state_->next_task;
  begin = next.load(std::memory_order_relaxed);
  do {
    if (begin >= count) return false;
    end = std::min(count, begin + std::max(least, (count - begin) / (2 * size_)));
  } while (!next.compare_exchange_weak(begin, end, std::memory_order_relaxed));
  return true;
}

EASE_INLINE thread_team::thread_team() : state_{std::make_unique<shared_state>()} {}

EASE_INLINE thread_team& thread_team::of_process() {
  static thread_team team;
  return team;
}

EASE_INLINE thread_team::~thread_team() {
  state_->ends = true;
  state_->calls.fetch_add(1U << shared_state::size_bits, std::memory_order_release);
  state_->calls.notify_all();
  for (std::thread& t : threads_) t.join();
}

EASE_INLINE void thread_team::grow(int threads) {
  while (static_cast<int>(threads_.size()) + 1 < threads) {
    int const index = static_cast<int>(threads_.size()) + 1;
    threads_.emplace_back([this, index, seen = state_->calls.load(std::memory_order_acquire)]() mutable {
      shared_state& s = *state_;
      while (true) {
        teams::wait_for_change(s.calls, seen);
        seen = s.calls.load(std::memory_order_acquire);
        if (s.ends) return;
        auto const size = static_cast<int>(seen & ((1U << shared_state::size_bits) - 1));
        if (index >= size) continue;
        member m{s, index, size};
        s.call(s.work, m);
        if (s.running.fetch_sub(1, std::memory_order_acq_rel) == 1) {
          s.all_returned.store(seen, std::memory_order_release);
          s.all_returned.notify_one();
        }
      }
    });
  }
}

EASE_INLINE std::chrono::nanoseconds thread_team::run(int threads, function call, void* work) {
  threads = std::min(threads, (1 << shared_state::size_bits) - 1);
  std::scoped_lock const one_at_a_time{turn_};
  shared_state& s = *state_;
  if (threads > 1) {
    grow(threads);
    s.call = call, s.work = work;
    s.next_task.store(0, std::memory_order_relaxed);
    s.held_up.store(0, std::memory_order_relaxed);
    s.running.store(threads - 1, std::memory_order_relaxed);
    std::uint32_t const number = (s.calls.load(std::memory_order_relaxed) >> shared_state::size_bits) + 1;
    s.calls.store(number << shared_state::size_bits | static_cast<std::uint32_t>(threads), std::memory_order_release);
    s.calls.notify_all();
  }
  member m{s, 0, threads};
  call(work, m);
  if (threads == 1) return {};
  std::uint32_t const now = s.calls.load(std::memory_order_relaxed);
  for (std::uint32_t seen; (seen = s.all_returned.load(std::memory_order_acquire)) != now;)
    s.wait_for_others(s.all_returned, seen);
  return std::chrono::nanoseconds{s.held_up.load(std::memory_order_relaxed)};
}

}  // namespace ease::inline v1::ops
