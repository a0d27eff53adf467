// SPDX-License-Identifier: Apache-2.0
// Both phases of the paper on several CUDA devices: each is trained by sft<ddp<nccl>>, a rank for each device, on one machine
// or several that share a file system. For the `cuda` preset; whole_method.cpp says what the files hold, and measures.
//     torchrun --nproc-per-node 4 --no-python two_phases_nccl MODEL JAILBREAKS HARMFUL GENERAL HELD_OUT OUT
#include <ease/backend/torch.hpp>
#include <ease/classifier/zero_shot_classifier.hpp>
#include <ease/core/stop_signals.hpp>
#include <ease/guard/refusal_judge.hpp>
#include <ease/io/rows/row_files.hpp>
#include <ease/method/calibrate.hpp>
#include <ease/method/implant.hpp>
#include <ease/run/mixed_source.hpp>
#include <ease/run/run_bound_pipeline.hpp>
#include <ease/teacher/policy_template.hpp>
#include <ease/train/distributed/nccl.hpp>
#include <ease/train/folder_trainer.hpp>
#include <filesystem>
#include <string>
#include <vector>

using namespace ease;

int main(int argc, char** argv) try {
  std::vector<std::string> const args(argv, argv + argc);
  if (args.size() != 7) throw error{"usage: two_phases_nccl MODEL JAILBREAKS HARMFUL GENERAL HELD_OUT OUT"};
  watch_signals();
  std::filesystem::path const base{args[1]}, out{args[6]};
  row_files<history, prompt, data_type, vanilla, given_categories> prompts{{args[2]}};
  row_files<history, prompt, given_target, given_categories> refusals{{args[3]}};
  row_files<history, prompt, given_target, file_number> general{{args[4]}};
  row_files<history, prompt, given_class, given_data_type> held_out{{args[5]}};

  // Each rank makes the same rows on its own device, in a run folder of its own; they train together.
  auto const ranks = rank_environment::read();
  int const rank = ranks ? ranks->rank : 0;
  run_folder const folder{out / fmt::format("rank_{}", rank), {.progress = rank == 0}};
  torch_generator<cuda> slm{load_model(base, nccl::device(), precision::bfloat16)};
  refusal_judge guard;
  zero_shot_classifier classifier{slm};
  policy_template teacher;

  folder_trainer<ddp<nccl>> phase_1{base, out / "reasoning_model"};
  run(implant(models{slm, guard, classifier, teacher, phase_1}, prompts, held_out, {}), folder.at("implant"));
  folder_trainer<ddp<nccl>> phase_2{out / "reasoning_model", out / "model"};
  auto [training, rows] =
      run(calibrate(models{slm, guard, classifier, teacher, phase_2}, prompts, refusals, general, held_out, {}),
          folder.at("calibrate"));
  if (rank == 0) fmt::print("{} rows; loss {:.3f} -> {:.3f}\n", rows.written, training.first_loss, training.last_loss);
  return 0;
} catch (error const& problem) {
  fmt::print(stderr, "two_phases_nccl: {}\n", problem.what());
  return stop_asked() ? exit_status_of_stop() : 1;
}
