// SPDX-License-Identifier: Apache-2.0
// The vulnerable region of a model behind an OpenAI-compatible server (vLLM, llama.cpp, a provider): the prompts that it
// should have refused and did not, with their categories and the reasoning that a teacher on another server writes.
//     served_models PROMPTS.jsonl openai:SLM@URL openai:TEACHER@URL OUT
// Keys are read from OPENAI_API_KEY. Stopped or killed at any instant and started again it asks only for what is missing.
#include <cstdio>
#include <ease/http.hpp>
#include <string>
#include <utility>
#include <vector>

using namespace ease;

int main(int argc, char** argv) try {
  std::vector<std::string> const args(argv, argv + argc);
  if (args.size() != 5) throw error{"usage: served_models PROMPTS.jsonl openai:SLM@URL openai:TEACHER@URL OUT"};
  watch_signals();
  openai_generator slm{args[2]}, teacher{args[3]};
  row_files<history, prompt, other_keys> prompts{{args[1]}};

  auto vulnerable = from(prompts) | diagnose(slm, {.sampling = {.max_tokens = 200}}) | guard_filter(refusal_judge{}) |
                    classify(generative_classifier(teacher)) | cot(model_teacher(teacher));
  auto rows = run(std::move(vulnerable), run_folder{args[4], {.progress = true}});

  for (auto const& stage : rows.report().rows.stages) fmt::print("{}: {} in, {} out\n", stage.stage, stage.in, stage.out);
  fmt::print("{} rows with reasoning in {}\n", rows.count(), rows.path().string());
  return 0;
} catch (error const& problem) {
  fmt::print(stderr, "served_models: {}\n", problem.what());
  return stop_asked() ? exit_status_of_stop() : 1;
}
