// SPDX-License-Identifier: Apache-2.0
// A local model answers, and another one on the same machine judges what it said.
//     local_guard PROMPTS.jsonl SLM GUARD OUT
// SLM and GUARD are Hugging Face folders or GGUF files. A guard that was made to be one has a type of its own,
// llama_guard(model); any chat model is a prompted_judge. Stopped and started again it asks only for what is missing.
#include <ease/llm.hpp>
#include <string>
#include <utility>
#include <vector>

using namespace ease;

int main(int argc, char** argv) try {
  std::vector<std::string> const args(argv, argv + argc);
  if (args.size() != 5) throw error{"usage: local_guard PROMPTS.jsonl SLM GUARD OUT"};
  watch_signals();
  torch_generator<cpu> slm{load_model(args[2], at::kCPU, precision::float32)};
  torch_generator<cpu> guard_model{load_model(args[3], at::kCPU, precision::float32)};
  row_files<history, prompt, other_keys> prompts{{args[1]}};

  // kept::unsafe would let the vulnerable region alone go on. A verdict counts as read from the probability `least_mass` of
  // "yes" and "no" together: 0 takes any, since this is no guard by training.
  auto judged = from(prompts) | diagnose(slm, {.sampling = {.temperature = 0, .max_tokens = 32}}) |
                guard_filter(prompted_judge(guard_model, {.threshold = 0.5, .least_mass = 0}), kept::judged);
  run_folder const folder{args[4], {.progress = true}};
  auto rows = run(std::move(judged), folder);

  for (auto const& stage : folder.stages()) fmt::print("{}\n", stage.summary());
  std::size_t count = 0;
  for (auto const& row : rows) count += std::holds_alternative<unsafe>(get<judgement>(row)) ? 1 : 0;
  fmt::print("{} of {} judged answers are unsafe; {}\n", count, rows.count(), rows.path().string());
  return 0;
} catch (error const& problem) {
  fmt::print(stderr, "local_guard: {}\n", problem.what());
  return stop_asked() ? exit_status_of_stop() : 1;
}
