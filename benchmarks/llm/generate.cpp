// SPDX-License-Identifier: Apache-2.0
// Generation with the shape of SmolLM2-135M and random weights: prompts read and tokens written a second, by rows at once.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <ease/llm/files/random_decoder.hpp>
#include <ease/llm/generate/engine.hpp>
#include <vector>

#include "smollm2_shape.hpp"

using namespace ease;

namespace {

decoder const& net(at::ScalarType type) {
  static decoder const narrow = random_decoder(smollm2_135m(), 1, 0.02, at::kCPU, at::kBFloat16);
  static decoder const wide = random_decoder(smollm2_135m(), 1, 0.02, at::kCPU, at::kFloat);
  return type == at::kFloat ? wide : narrow;
}

// Arguments: rows, prompt tokens, new tokens a row.
void generate(benchmark::State& state, at::ScalarType type) {
  auto const rows = static_cast<std::size_t>(state.range(0));
  std::vector<token_request> requests;
  for (std::size_t i = 0; i < rows; ++i) {
    token_request one{.how = {.temperature = 0, .max_tokens = static_cast<int>(state.range(2))}, .row = i};
    for (std::int64_t k = 0; k < state.range(1); ++k)
      one.prompt.push_back(static_cast<token_id>((static_cast<std::int64_t>(i) * 7919 + k * 104729) % 49000));
    requests.push_back(std::move(one));
  }
  engine writer{net(type), {}, engine_options{}};
  std::size_t written = 0;
  for (auto _ : state)
    writer.run(
        requests, [](std::size_t, token_id) { return true; },
        [&](std::size_t, finish_reason, std::size_t made) { written += made; });
  state.counters["tokens/s"] = benchmark::Counter(static_cast<double>(written), benchmark::Counter::kIsRate);
  state.counters["prompt tokens/s"] = benchmark::Counter(
      static_cast<double>(state.iterations() * state.range(0) * state.range(1)), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(generate, bfloat16, at::kBFloat16)
    ->Args({1, 16, 32})
    ->Args({8, 64, 32})
    ->Args({64, 128, 64})
    ->Args({64, 512, 1})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(generate, float32, at::kFloat)->Args({64, 128, 64})->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
