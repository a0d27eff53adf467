// SPDX-License-Identifier: Apache-2.0
// What this machine can do at most, all cores together: bytes read a second from memory, and products a second in float32
// and of bfloat16 pairs, by loops that do nothing else. benchmarks/llm/compare divides by these.
//   bench_machine_bound THREADS      prints "bytes/s float32/s bfloat16/s", operations counted as in 2 a product and sum
#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ease/ops/isa.hpp>
#include <ease/ops/panel_product.hpp>
#include <ease/ops/thread_team.hpp>
#include <iostream>
#include <vector>

using namespace ease::ops;

namespace {

struct read_kernel {
  template <class Isa>
  [[gnu::always_inline]] static void run(std::uint32_t const* from, std::int64_t count, std::uint32_t* sum) {
    typename Isa::words a{}, b{}, c{}, d{};
    for (std::int64_t i = 0; i < count; i += 4 * Isa::lanes) {
      a += isa::load_words<Isa>(from + i), b += isa::load_words<Isa>(from + i + Isa::lanes);
      c += isa::load_words<Isa>(from + i + 2 * Isa::lanes), d += isa::load_words<Isa>(from + i + 3 * Isa::lanes);
    }
    a += b + c + d;
    for (int i = 0; i < Isa::lanes; ++i) *sum += a[i];
  }
};

// The fastest of some rounds: others on the machine only slow it down. `amount` is done by each thread in each round.
template <class Work>
double rate(int threads, double amount, Work&& work) {
  double best = 0;
  for (int round = 0; round < 12; ++round) {
    auto const start = std::chrono::steady_clock::now();
    thread_team::of_process().run(threads, [&](thread_team::member& m) { work(m.index()); });
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - start;
    best = std::max(best, amount * threads / took.count());
  }
  return best;
}

template <class Number>
double products(int threads) {
  constexpr std::int64_t in = 256, times = 20000;
  std::vector<Number> const x(most_tile_rows * in), panel(static_cast<std::size_t>(panel_size<Number>(in)));
  std::int64_t const rows = next_tile_rows(most_tile_rows);
  return rate(threads, static_cast<double>(2 * rows * in * panel_width * times), [&](int) {
    alignas(64) float sums[most_tile_rows * panel_width];
    for (std::int64_t i = 0; i < times; ++i)
      tile_product<Number>(rows, 1, x.data(), in, panel.data(), panel_size<Number>(in), in, sums);
  });
}

}  // namespace

int main(int argc, char** argv) {
  int const threads = argc > 1 ? std::atoi(argv[1]) : at::get_num_threads();
  constexpr std::int64_t words = std::int64_t{64} << 20;  // 256 MB a thread: more than the caches
  std::vector<std::vector<std::uint32_t>> memory(static_cast<std::size_t>(threads));
  for (auto& m : memory) m.assign(static_cast<std::size_t>(words), 1);
  std::vector<std::uint32_t> sums(static_cast<std::size_t>(threads));
  double const bytes = rate(threads, static_cast<double>(words) * 4, [&](int i) {
    run_best<read_kernel>(memory[static_cast<std::size_t>(i)].data(), words, &sums[static_cast<std::size_t>(i)]);
  });
  std::cout << bytes << ' ' << products<float>(threads) << ' ' << products<bf16>(threads) << '\n';
}
