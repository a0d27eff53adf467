// SPDX-License-Identifier: Apache-2.0
// What a journal costs a row: a generator that answers at once, bare, with a journal that is empty, and with one that has
// every answer. A prompt and an answer of 1000 bytes each.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <ease/backend/scripted.hpp>
#include <ease/journal/journaled.hpp>
#include <filesystem>
#include <memory>

namespace {

using namespace ease;

std::vector<generation_request> requests(std::size_t count) {
  std::vector<generation_request> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back({.input = conversation{{role::user, std::to_string(i) + std::string(1000, 'p')}}, .row = i});
  return all;
}

enum class with { nothing, empty, full };

template <with What>
void generate(benchmark::State& state) {
  auto const path = std::filesystem::temp_directory_path() / ("ease-bench-" + std::to_string(::getpid()) + ".journal");
  std::string const said(1000, 'a');
  scripted_generator model{[&](generation_request const&) { return outcome<completion>{completion{.text = said}}; },
                           {.window = 256}};
  auto const asks = requests(20'000);
  auto const all = [&](auto& generator) {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < asks.size(); i += 256)
      generator.generate(std::span{asks}.subspan(i, std::min<std::size_t>(256, asks.size() - i)),
                         [&](std::size_t, outcome<completion> what) { bytes += std::get<completion>(what).text.size(); });
    benchmark::DoNotOptimize(bytes);
  };
  for (auto _ : state) {
    if constexpr (What == with::nothing) {
      all(model);
    } else {
      state.PauseTiming();
      std::filesystem::remove(path);
      auto keep = std::make_unique<journal>(path);
      journaled<scripted_generator> kept{model, *keep};
      if (What == with::full) all(kept);
      state.ResumeTiming();
      all(kept);
      keep.reset();
    }
  }
  std::filesystem::remove(path);
  state.counters["us_per_row"] =
      benchmark::Counter(static_cast<double>(state.iterations() * static_cast<std::int64_t>(asks.size())) / 1e6,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

}  // namespace

BENCHMARK(generate<with::nothing>)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(generate<with::empty>)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(generate<with::full>)->Unit(benchmark::kMillisecond)->UseRealTime();

BENCHMARK_MAIN();
