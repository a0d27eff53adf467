// SPDX-License-Identifier: Apache-2.0
// Generation with the shape of SmolLM2-135M and random weights: tokens written a second, by rows at once.
#include <cstdint>
#include <ease/llm/files/random_decoder.hpp>
#include <ease/llm/generate/engine.hpp>
#include <memory>
#include <string>
#include <vector>

#include "measures.hpp"
#include "smollm2_shape.hpp"

using namespace ease;

namespace {

decoder const& net(at::ScalarType type) {
  static decoder const narrow = random_decoder(smollm2_135m(), 1, 0.02, at::kCPU, at::kBFloat16);
  static decoder const wide = random_decoder(smollm2_135m(), 1, 0.02, at::kCPU, at::kFloat);
  return type == at::kFloat ? wide : narrow;
}

measures::measure generate(std::string name, at::ScalarType type, std::size_t rows, std::size_t prompt, int fresh) {
  return {std::move(name), "tokens", [=]() -> measures::work {
            std::vector<token_request> requests;
            for (std::size_t i = 0; i < rows; ++i) {
              token_request one{.how = {.temperature = 0, .max_tokens = fresh}, .row = i};
              for (std::size_t k = 0; k < prompt; ++k)
                one.prompt.push_back(static_cast<token_id>((i * 7919 + k * 104729) % 49000));
              requests.push_back(std::move(one));
            }
            auto const writer = std::make_shared<engine>(engine{net(type), {}, engine_options{}});
            return [writer, requests]() -> measures::done {
              std::size_t written = 0;
              writer->run(
                  requests, [](std::size_t, token_id) { return true; },
                  [&](std::size_t, finish_reason, std::size_t made) { written += made; });
              return {static_cast<double>(written)};
            };
          }};
}

}  // namespace

int main(int argc, char** argv) {
  return measures::serve(
      argc, argv,
      {generate("bfloat16_1x16+32", at::kBFloat16, 1, 16, 32), generate("bfloat16_8x64+32", at::kBFloat16, 8, 64, 32),
       generate("bfloat16_64x128+64", at::kBFloat16, 64, 128, 64), generate("bfloat16_64x512+1", at::kBFloat16, 64, 512, 1),
       generate("float32_64x128+64", at::kFloat, 64, 128, 64)});
}
