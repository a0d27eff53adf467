// SPDX-License-Identifier: Apache-2.0
// One optimiser step of full-parameter fine-tuning with the shape of SmolLM2-135M: trained and read tokens a second, by
// precision and by rows a step.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <ease/llm/files/random_decoder.hpp>
#include <ease/train/trainer.hpp>
#include <vector>

#include "smollm2_shape.hpp"

using namespace ease;

namespace {

// Arguments: rows a step, tokens a row (a third of them trained).
void optimiser_step(benchmark::State& state, training_precision precision) {
  auto const rows = static_cast<std::size_t>(state.range(0)), length = static_cast<std::size_t>(state.range(1));
  constexpr std::size_t steps = 3;
  std::vector<tokenized_example> data;
  for (std::size_t i = 0; i < rows * steps; ++i) {
    tokenized_example row;
    for (std::size_t k = 0; k < length; ++k) {
      row.ids.push_back(static_cast<token_id>((i * 7919 + k * 104729) % 49000));
      row.loss_mask.push_back(k >= length - length / 3 ? 1 : 0);
    }
    data.push_back(std::move(row));
  }
  auto net = random_decoder(smollm2_135m(), 1);
  double seconds = 0;
  std::size_t tokens = 0, seen = 0;
  trainer<cpu> teacher{
      {.learning_rate = 1e-5, .epochs = 1, .batch_size = rows, .gradient_accumulation_steps = 1, .precision = precision},
      [&](training_step const& s) {
        if (seen++ % steps == 0) return;  // the first step of a run allocates
        seconds += s.seconds;
        tokens += s.tokens;
      }};
  for (auto _ : state) teacher.train(net, data);
  state.counters["tokens/s"] = static_cast<double>(tokens) / seconds;
  state.counters["s/step"] = seconds / static_cast<double>(seen - seen / steps);
}
BENCHMARK_CAPTURE(optimiser_step, float32, training_precision::float32)->Args({4, 256})->Iterations(2)->UseRealTime();
BENCHMARK_CAPTURE(optimiser_step, mixed, training_precision::mixed)
    ->Args({2, 512})
    ->Args({4, 256})
    ->Args({16, 256})
    ->Iterations(2)
    ->UseRealTime();
BENCHMARK_CAPTURE(optimiser_step, bfloat16, training_precision::bfloat16)->Args({4, 256})->Iterations(2)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
