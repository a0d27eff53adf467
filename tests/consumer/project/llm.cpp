// SPDX-License-Identifier: Apache-2.0
// ease::llm: a model from a folder answers.
//     llm MODEL
#include <ease/llm.hpp>
#include <iostream>
#include <variant>
#include <vector>

int main(int, char** argv) {
  ease::torch_generator<ease::cpu> model{ease::load_model(argv[1], at::kCPU, ease::precision::float32)};
  std::vector<ease::generation_request> const asked{
      {.input = ease::conversation{{ease::role::user, "name a colour"}}, .sampling = {.temperature = 0, .max_tokens = 8}}};
  std::size_t tokens = 0;
  model.generate(asked, [&](std::size_t, ease::outcome<ease::completion> answer) {
    tokens = std::get<ease::completion>(answer).completion_tokens;
  });
  std::cout << model.identity() << ": " << tokens << " tokens\n";
  return tokens > 0 && tokens <= 8 ? 0 : 1;
}
