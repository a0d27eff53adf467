// SPDX-License-Identifier: Apache-2.0
#pragma once
// How the benchmarks of the core, the text, the files and the servers are timed: a program is a list of measures, each a
// piece of work that is done again and again.
//   bench_X              all of them: a line of the median of five rounds each
//   bench_X --list       their names and units
//   bench_X NAME         "ready"; then for each line "SECONDS" on stdin the work of at least so long, as
//                        "amount seconds cpu_seconds". So a peer can take its turn in between (compare/in_turns.py).
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace measures {

// What makes `value` is not left out by the compiler.
template <class T>
void keep(T const& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

// A piece of work. seconds: what it took, where part of it does not count; 0: the time of the call.
struct done {
  double amount{};
  double seconds{};
};
using work = std::function<done()>;

struct measure {
  std::string name, unit;         // "rows": rows a second
  std::function<work()> prepare;  // what is not timed
};

struct timed {
  double amount{}, seconds{}, cpu_seconds{};  // cpu_seconds: of all threads
};

inline double cpu_now() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

inline timed time(work const& piece, double at_least) {
  using clock = std::chrono::steady_clock;
  timed all;
  double const cpu = cpu_now();
  do {
    auto const start = clock::now();
    done const one = piece();
    std::chrono::duration<double> const took = clock::now() - start;
    all.amount += one.amount;
    all.seconds += one.seconds > 0 ? one.seconds : took.count();
  } while (all.seconds < at_least);
  all.cpu_seconds = cpu_now() - cpu;
  return all;
}

inline int serve(int argc, char** argv, std::vector<measure> const& all) try {
  std::string_view const asked = argc > 1 ? argv[1] : "";
  if (asked.empty()) {
    for (auto const& one : all) {
      auto const piece = one.prepare();
      piece();
      std::vector<double> rates;
      for (int round = 0; round < 5; ++round) {
        timed const t = time(piece, 0.3);
        rates.push_back(t.amount / t.seconds);
      }
      std::ranges::sort(rates);
      std::cout << one.name << ": " << rates[2] << ' ' << one.unit << "/s (" << rates[0] << " to " << rates[4] << ")"
                << std::endl;
    }
    return 0;
  }
  for (auto const& one : all) {
    if (asked == "--list") std::cout << one.name << ' ' << one.unit << '\n';
    if (asked != one.name) continue;
    auto const piece = one.prepare();
    piece();
    std::cout << "ready" << std::endl;
    for (double seconds = 0; std::cin >> seconds;) {
      timed const t = time(piece, seconds);
      std::cout << t.amount << ' ' << t.seconds << ' ' << t.cpu_seconds << std::endl;
    }
    return 0;
  }
  if (asked == "--list") return 0;
  std::cerr << "no measure is called " << asked << "; --list names them\n";
  return 2;
} catch (std::exception const& e) {
  std::cerr << e.what() << '\n';
  return 1;
}

}  // namespace measures
