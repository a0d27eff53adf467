// SPDX-License-Identifier: Apache-2.0
// Generates when it is told to, so that a peer can take its turn in between (benchmarks/llm/compare).
//   bench_paced_generation MODEL float32|bfloat16
// Prints "ready", and for each line "ROWS PROMPT_TOKENS NEW_TOKENS" on stdin "prompt_tokens new_tokens seconds cpu_seconds".
#include <chrono>
#include <cstdint>
#include <ctime>
#include <ease/llm/generate/engine.hpp>
#include <ease/llm/model.hpp>
#include <ease/llm/network/network.hpp>
#include <exception>
#include <iostream>
#include <string_view>
#include <vector>

using namespace ease;

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: bench_paced_generation MODEL float32|bfloat16\n";
    return 2;
  }
  try {
    auto const dtype = std::string_view{argv[2]} == "bfloat16" ? precision::bfloat16 : precision::float32;
    language_model model = load_model(argv[1], at::Device{at::kCPU}, dtype);
    auto const net = network_taking(*model.net);
    engine writer{*net, {}, engine_options{}};
    std::cout << "ready" << std::endl;
    for (std::size_t rows = 0, prompt = 0, fresh = 0; std::cin >> rows >> prompt >> fresh;) {
      std::vector<token_request> requests;
      for (std::size_t i = 0; i < rows; ++i) {
        token_request one{.how = {.temperature = 0, .max_tokens = static_cast<int>(fresh)}, .row = i};
        // The same prompts as the peers' (peers.py).
        for (std::size_t k = 0; k < prompt; ++k)
          one.prompt.push_back(static_cast<token_id>((i * 7919 + k * 104729) % 49000));
        requests.push_back(std::move(one));
      }
      std::size_t made = 0;
      auto const start = std::chrono::steady_clock::now();
      auto const cpu = std::clock();
      writer.run(
          requests, [](std::size_t, token_id) { return true; },
          [&](std::size_t, finish_reason, std::size_t tokens) { made += tokens; });
      std::chrono::duration<double> const took = std::chrono::steady_clock::now() - start;
      std::cout << rows * prompt << ' ' << made << ' ' << took.count() << ' '
                << static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC << std::endl;
    }
  } catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
