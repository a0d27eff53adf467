// SPDX-License-Identifier: Apache-2.0
// Guards or scores rows when it is told to, so that a peer can take its turn in between (benchmarks/compare/guard, score).
//   bench_paced_rows guard|score MODEL float32|bfloat16 FILE
// FILE has rows with `prompt` and `response`. Prints "ready", and for each line "ROWS" on stdin what the first so many took:
// "rows seconds cpu_seconds". guard: Llama-Guard's verdict by the model's own template, one prefill a row. score: the
// log-likelihood of the response behind the prompt, both plain text; at the end it prints their sum, "sum N", on stderr.
#include <algorithm>
#include <cstddef>
#include <ease/backend/torch.hpp>
#include <ease/guard/llama_guard.hpp>
#include <ease/io/rows/read_records.hpp>
#include <ease/record/fields.hpp>
#include <exception>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "measures.hpp"

using namespace ease;

namespace {

// The first `rows`, again from the start where there are fewer.
template <class Request>
std::vector<Request> first(std::vector<Request> const& all, std::size_t rows) {
  std::vector<Request> some;
  for (std::size_t i = 0; i < rows; ++i) some.push_back(all[i % all.size()]);
  return some;
}

template <class Ask>
void serve(Ask const& ask) {
  std::cout << "ready" << std::endl;
  for (std::size_t rows = 0; std::cin >> rows;) {
    auto const t =
        measures::time([&]() -> measures::done { return ask(rows), measures::done{static_cast<double>(rows)}; }, 0);
    std::cout << t.amount << ' ' << t.seconds << ' ' << t.cpu_seconds << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) try {
  std::vector<std::string> const args(argv, argv + argc);
  if (args.size() != 5 || (args[1] != "guard" && args[1] != "score"))
    throw error{"usage: bench_paced_rows guard|score MODEL float32|bfloat16 FILE"};
  std::vector<std::string> prompts, responses;
  for (auto const& row : read_records<prompt, response>(args[4])) {
    prompts.push_back(get<prompt>(row));
    responses.emplace_back(judged_text(get<response>(row)));
  }
  if (prompts.empty()) throw error{"{}: no rows", args[4]};
  torch_generator<cpu> model{
      load_model(args[2], at::kCPU, args[3] == "bfloat16" ? precision::bfloat16 : precision::float32)};
  auto const missing = [](failure const& f) { throw error{"a row failed: {}", f.what}; };
  if (args[1] == "guard") {
    llama_guard guard{model};
    std::vector<judge_request> all;
    for (std::size_t i = 0; i < prompts.size(); ++i) all.push_back({.prompt = prompts[i], .answer = responses[i]});
    serve([&](std::size_t rows) {
      guard.judge(first(all, rows), [&](std::size_t, outcome<verdict> said) {
        if (auto const* broken = std::get_if<failure>(&said)) missing(*broken);
      });
    });
  } else {
    std::vector<score_request> all;
    for (std::size_t i = 0; i < prompts.size(); ++i)
      all.push_back({.input = plain_text{prompts[i]}, .continuations = {responses[i]}});
    double sum = 0;
    serve([&](std::size_t rows) {
      sum = 0;
      model.score(first(all, rows), [&](std::size_t, outcome<std::vector<continuation_score>> said) {
        if (auto const* broken = std::get_if<failure>(&said)) missing(*broken);
        sum += std::get<0>(said).front().logprob;
      });
    });
    std::cerr << "sum " << sum << '\n';
  }
} catch (std::exception const& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
