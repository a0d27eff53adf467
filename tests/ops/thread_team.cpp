// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <ctime>
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
