// SPDX-License-Identifier: Apache-2.0
// The whole method on a model of your own: both phases of the paper, and what the trained model does with prompts that it
// has never seen. Stopped or killed at any instant and started again it resumes.
//     whole_method MODEL JAILBREAKS HARMFUL GENERAL HELD_OUT OUT
// MODEL is a Hugging Face folder; the others are files of rows with a "prompt" (docs/command_line.md), OUT is a folder. A
// row of GENERAL may have the answer to keep as its "completion", of JAILBREAKS and HARMFUL its "categories", of HELD_OUT
// its "class"; one of JAILBREAKS has the "data_type" adversarial_harmful.
#include <ease/backend/torch.hpp>
#include <ease/classifier/zero_shot_classifier.hpp>
#include <ease/core/stop_signals.hpp>
#include <ease/guard/refusal_judge.hpp>
#include <ease/io/rows/row_files.hpp>
#include <ease/method/calibrate.hpp>
#include <ease/method/implant.hpp>
#include <ease/method/measure.hpp>
#include <ease/run/mixed_source.hpp>
#include <ease/run/run_bound_pipeline.hpp>
#include <ease/teacher/policy_template.hpp>
#include <ease/train/folder_trainer.hpp>
#include <filesystem>
#include <string>
#include <vector>

using namespace ease;

int main(int argc, char** argv) try {
  std::vector<std::string> const args(argv, argv + argc);
  if (args.size() != 7) throw error{"usage: whole_method MODEL JAILBREAKS HARMFUL GENERAL HELD_OUT OUT"};
  watch_signals();
  std::filesystem::path const base{args[1]}, out{args[6]};
  row_files<history, prompt, data_type, vanilla, given_categories> prompts{{args[2]}};
  row_files<history, prompt, given_target, given_categories> refusals{{args[3]}};
  row_files<history, prompt, given_target, file_number> general{{args[4]}};
  row_files<history, prompt, given_class, given_data_type> held_out{{args[5]}};

  torch_generator<cpu> slm{load_model(base, at::kCPU, precision::float32)};
  refusal_judge guard;
  zero_shot_classifier classifier{slm};
  policy_template teacher;
  run_folder const folder{out, {.progress = true}};

  reasoning_options const drawn{.sample = {.harmful = 1000, .benign = 0}};

  // [readme]
  // Phase 1: the model learns to reason about safety.
  folder_trainer<cpu> phase_1{base, out / "reasoning_model"};
  run(implant(models{slm, guard, classifier, teacher, phase_1}, prompts, held_out, {.reasoning = drawn}),
      folder.at("implant"));

  // Phase 2: it learns where to. calibrate is the paper's figure (include/ease/method/calibrate.hpp):
  //   vulnerable = from(prompts) | sample | diagnose(slm) | guard_filter(guard) | classify(classifier) | cot(teacher)
  //   mix(vulnerable, refusals, general) | finetune(trainer)
  folder_trainer<cpu> phase_2{out / "reasoning_model", out / "model"};
  auto [training, rows] = run(calibrate(models{slm, guard, classifier, teacher, phase_2}, prompts, refusals, general,
                                        held_out, {.reasoning = drawn}),
                              folder.at("calibrate"));
  // [/readme]
  fmt::print("{} rows, {} with reasoning; loss {:.3f} -> {:.3f}\n", rows.written, training.reasoned, training.first_loss,
             training.last_loss);

  torch_generator<cpu> trained{load_model(out / "model", at::kCPU, precision::float32)};
  for (auto const& c : run(measure(trained, held_out), folder.at("after")).result)
    fmt::print("{}: {} prompts, thinks {:.0f} %, refuses {:.0f} %\n", c.name, c.rows, 100 * c.think_rate(),
               100 * c.refusal_rate());
  return 0;
} catch (error const& problem) {
  fmt::print(stderr, "whole_method: {}\n", problem.what());
  return stop_asked() ? exit_status_of_stop() : 1;
}
