// SPDX-License-Identifier: Apache-2.0
// What a server's faults cost: 4000 rows with 256 in flight through a server of this machine, of whose answers a share is
// spoilt. Waits before another try are next to none, so that what is left is the work: requests sent again, connections made
// anew. With an answer's time of 0 both sides are as fast as they can be; with 50 ms the network is what takes the time.
#include <benchmark/benchmark.h>

#include <ease/backend/openai/openai.hpp>

#include "backend/chat_replies.hpp"
#include "backend/faults.hpp"

namespace {

using namespace ease;

void rows_with_faults(benchmark::State& state) {
  constexpr std::size_t rows = 4000;
  test::fault_schedule const spoil{static_cast<std::size_t>(state.range(0))};
  std::chrono::milliseconds const takes{state.range(1)};
  test::loopback_server const server{[&](test::seen_request const& request, std::size_t nth) {
    auto reply = test::echo_back(request);
    reply.pause = takes;
    return spoil(nth, std::move(reply), std::chrono::milliseconds{1});
  }};
  openai_options options;
  options.http.max_in_flight = 256;
  options.retry.first_wait = options.retry.longest_wait = std::chrono::milliseconds{1};
  openai_generator model{"openai:tiny@" + server.url(), options};
  std::vector<generation_request> asks;
  for (std::size_t i = 0; i < rows; ++i)
    asks.push_back({.input = conversation{{role::user, "question " + std::to_string(i)}}, .row = i});
  std::size_t answered = 0;
  for (auto _ : state)
    model.generate(asks, [&](std::size_t, auto outcome) { answered += std::holds_alternative<completion>(outcome); });
  if (answered != rows * static_cast<std::size_t>(state.iterations())) state.SkipWithError("rows were lost");
  state.counters["rows_per_s"] = benchmark::Counter(static_cast<double>(answered), benchmark::Counter::kIsRate);
  state.counters["tries_per_row"] = static_cast<double>(model.usage().requests) / static_cast<double>(answered);
}

}  // namespace

BENCHMARK(rows_with_faults)
    ->ArgNames({"percent", "ms"})
    ->ArgsProduct({{0, 5}, {0, 50}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

BENCHMARK_MAIN();
