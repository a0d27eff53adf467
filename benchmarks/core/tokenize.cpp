// SPDX-License-Identifier: Apache-2.0
// Text to tokens and back, in bytes a second, with the small vocabularies of the tests: prose, code, and the inputs that
// make careless byte-pair merging quadratic.
#include <benchmark/benchmark.h>

#include <ease/text/tokenizer/tokenizer.hpp>
#include <string>
#include <vector>

using namespace ease;

namespace {

tokenizer const& tok() {
  static tokenizer const one = tokenizer::load(EASE_FIXTURES "/text/qwen2_5");
  return one;
}

std::string prose(std::size_t bytes) {
  std::string text;
  while (text.size() < bytes)
    text += "The lighthouse keeper wrote down the weather twice a day, in 1893 as in 1894; nobody asked why.\n";
  return text;
}

void encode(benchmark::State& state, std::string const& text) {
  std::size_t tokens = 0;
  for (auto _ : state) {
    auto const ids = tok().encode(text);
    tokens = ids.size();
    benchmark::DoNotOptimize(tokens);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
  state.counters["tokens"] = static_cast<double>(tokens);
}
BENCHMARK_CAPTURE(encode, prose, prose(100'000));
BENCHMARK_CAPTURE(encode, one_letter, std::string(100'000, 'a'));
BENCHMARK_CAPTURE(encode, spaces, std::string(100'000, ' '));
BENCHMARK_CAPTURE(encode, digits, std::string(100'000, '7'));

void decode(benchmark::State& state) {
  auto const text = prose(100'000);
  auto const ids = tok().encode(text);
  for (auto _ : state) benchmark::DoNotOptimize(tok().decode(ids));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(decode);

}  // namespace

BENCHMARK_MAIN();
