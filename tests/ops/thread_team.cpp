// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <ctime>
#include <ease/ops/free_cores.hpp>
#include <ease/ops/thread_team.hpp>
#include <thread>
#include <vector>

#include "catch.hpp"

using ease::ops::thread_team;

TEST_CASE("each task is done once, and all see what was done before a barrier") {
  thread_team team;
  for (int const threads : {1, 2, 3, 7})
    for (std::int64_t const tasks : {0, 1, 2, 5, 1000}) {
      std::vector<int> done(static_cast<std::size_t>(tasks)), again(done.size());
      std::atomic<int> wrong{0}, members{0};
      team.run(threads, [&](thread_team::member& m) {
        ++members;
        m.for_each(tasks, [&](std::int64_t i) { ++done[static_cast<std::size_t>(i)]; });
        for (int const count : done) wrong += count == 1 ? 0 : 1;
        m.for_ranges(tasks, 3, [&](std::int64_t begin, std::int64_t end) {
          if (end - begin < 3 && end != tasks) ++wrong;
          for (; begin < end; ++begin) again[static_cast<std::size_t>(begin)] += done[static_cast<std::size_t>(begin)];
        });
        for (int const count : again) wrong += count == 1 ? 0 : 1;
      });
      CHECK(members == threads);
      CHECK(wrong == 0);
    }
}

TEST_CASE("calls from several threads take turns, and teams of several sizes follow each other") {
  thread_team team;
  std::atomic<int> inside{0}, wrong{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c)
    callers.emplace_back([&, c] {
      for (int i = 0; i < 300; ++i) {
        int const threads = 1 + (c + i) % 4;
        std::atomic<int> members{0};
        team.run(threads, [&](thread_team::member& m) {
          if (m.index() == 0 && ++inside != 1) ++wrong;
          ++members;
          m.barrier();
          if (members != threads) ++wrong;
          m.barrier();
          if (m.index() == 0) --inside;
        });
      }
    });
  for (auto& c : callers) c.join();
  CHECK(wrong == 0);
}

TEST_CASE("a team that waits sleeps") {
  thread_team team;
  team.run(3, [](thread_team::member&) {});
  std::this_thread::sleep_for(std::chrono::milliseconds{50});  // any spinning is over
  auto const before = std::clock();
  std::this_thread::sleep_for(std::chrono::milliseconds{400});
  CHECK(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC <
        0.1);  // of 800 ms that two spinning threads would take
}

TEST_CASE("a team tells how long its threads waited for one that did not run") {
  thread_team team;
  auto const of = [&](std::chrono::milliseconds away) {
    return team.run(2, [&](thread_team::member& m) {
      if (m.index() == 1) std::this_thread::sleep_for(away);
      m.barrier();
    });
  };
  CHECK(of(std::chrono::milliseconds{40}) >= std::chrono::milliseconds{20});
  CHECK(team.run(1, [](thread_team::member&) {}).count() == 0);
}

TEST_CASE("passes that are held up have a thread less behind them, until one more is tried") {
  using std::chrono::milliseconds;
  ease::ops::free_cores cores;
  auto const pass = [&](int asked, milliseconds held_up) {
    auto const size = cores.of(asked);
    cores.passed(asked, size, milliseconds{8}, held_up);
    return size;
  };
  for (int i = 0; i < 3; ++i) CHECK(pass(3, milliseconds{2}) == 3);  // a quarter: threads wait for each other anyhow
  auto const calm_until = [&](int threads) {
    int passes = 0;
    for (; cores.of(3) != threads && passes < 1000; ++passes) pass(3, milliseconds{0});
    return passes;
  };
  for (int i = 0; i < 2; ++i) CHECK(pass(3, milliseconds{5}) == 3);
  CHECK(pass(3, milliseconds{0}) == 3);  // twice may be chance
  for (int i = 0; i < 3; ++i) CHECK(pass(3, milliseconds{5}) == 3);
  CHECK(pass(3, milliseconds{5}) == 2);  // just now there was no core for the third
  CHECK(pass(3, milliseconds{5}) == 1);  // one never waits for another
  CHECK(cores.of(1) == 1);
  auto const first = calm_until(2);
  CHECK(first > 5);
  CHECK(calm_until(3) > 5);
  CHECK(pass(3, milliseconds{5}) == 3);
  CHECK(cores.of(3) == 2);
  CHECK(calm_until(3) > first);  // in vain: the next is tried later
  calm_until(0);
  CHECK(cores.of(3) == 3);
  for (int i = 0; i < 2; ++i) pass(3, milliseconds{5});
  CHECK(cores.of(3) == 3);  // long calm: as at first
}
