// SPDX-License-Identifier: Apache-2.0
// `ease launch`: what `accelerate launch` is to the published training script.
#include <fmt/format.h>
#include <torch/cuda.h>

#include <cstdlib>
#include <ease/settings/command_named.hpp>
#include <ease/settings/foreign_options.hpp>
#include <ease/train/distributed/this_program.hpp>
#include <memory>
#include <string>
#include <vector>

#include "../../commands.hpp"
#include "../../logs.hpp"
#include "../../options.hpp"

namespace ease::app {

namespace {

struct launch_options {
  int processes{0}, threads{0}, machines{1};  // 0: not said
  bool cpu{false};
  std::string precision{}, devices{};
  std::vector<std::string> command{};
};

// Throws usage_error where the launcher's options ask for CUDA devices that are not there.
void look_at_devices(launch_options const& o, int devices) {
  if (o.devices.empty() || o.devices == "all") return;
  if (o.cpu) throw usage_error{"--gpu_ids {} has no effect with --cpu; keep one of them", o.devices};
  if (devices == 0)
    throw usage_error{"--gpu_ids {}: no such CUDA device is visible here; without it training is on the CPU", o.devices};
}

// The command, with what the launcher was told as options of its own. `line`: the command as the program knows it.
std::vector<std::string> launched(launch_options const& o, CLI::App const& line) {
  auto words = o.command;
  words.front() = line.get_name();
  if (line.get_option_no_throw("--nproc") == nullptr) {
    if (o.processes > 1)
      throw usage_error{
          "--num_processes {}: `{}` is one process{}", o.processes, line.get_name(),
          line.get_option_no_throw("--shard") == nullptr ? "" : ", and --shard I/N divides its rows over several"};
    return words;
  }
  auto const add = [&](char const* launcher, std::string const& flag, std::string const& value) {
    for (auto const& word : o.command)
      if (word == flag || word.starts_with(flag + '='))
        throw usage_error{"{} and {} of `{}` say the same thing; keep one of them", launcher, flag, line.get_name()};
    words.insert(words.end(), {flag, value});
  };
  auto const devices = static_cast<int>(torch::cuda::device_count());
  look_at_devices(o, devices);
  int const processes = o.processes > 0 ? o.processes : o.cpu ? 1 : std::max(1, devices);
  if (processes > 1) add("--num_processes", "--nproc", std::to_string(processes));
  if (o.threads > 0) add("--num_cpu_threads_per_process", "--threads", std::to_string(o.threads * processes));
  if (o.cpu) add("--cpu", "--device", "cpu");
  if (!o.precision.empty()) add("--mixed_precision", "--precision", o.precision == "no" ? "float32" : "bfloat16");
  return words;
}

}  // namespace

void add_launch(CLI::App& app, action& chosen) {
  auto s = std::make_shared<launch_options>();
  command cmd{app, "launch", "As `accelerate launch`: run a command that trains in several processes",
              "Example: ease launch --multi_gpu --num_processes 2 distill_slm_safety --model_name MODEL --dataset_name "
              "mixed.jsonl --output_dir model\n"
              "The processes share this machine's threads, or take a CUDA device each. Processes on several machines are "
              "started by torchrun, srun, mpirun or accelerate itself, which say RANK, WORLD_SIZE and MASTER_ADDR."};
  cmd->prefix_command();
  cmd->fallthrough(false);  // what follows is the command's
  cmd.number(both("num-processes"), s->processes, "Processes (default: as many as there are CUDA devices, or one)",
             between{1, 1024})
      ->default_str("");
  cmd.number(both("num-cpu-threads-per-process"), s->threads, "CPU threads of each", between{1, 4096})->default_str("");
  cmd->add_flag("--cpu", s->cpu, "Train on the CPU");
  cmd->add_option(both("mixed-precision"), s->precision, "no: float32; bf16: bfloat16")
      ->check(
          [](std::string const& said) -> std::string {
            if (said == "no" || said == "bf16") return {};
            return said == "fp16" || said == "fp8" ? said + ": float32 and bfloat16 are what is trained in; say bf16"
                                                   : said + ": choose no or bf16";
          },
          "")
      ->type_name("no|bf16");
  cmd->add_option(both("gpu-ids"), s->devices, "CUDA devices, as CUDA_VISIBLE_DEVICES; all: every one")->type_name("N,...");
  cmd.number(both("num-machines"), s->machines, "1: this one", between{1, 1'000'000});
  add_without_effect(cmd, {{"multi_gpu", "CUDA devices are used where there are some", false}}, tell);
  constexpr char const* by_others = "start the processes by torchrun or srun, which say where the first one is";
  add_refused(
      cmd, {{"machine_rank", by_others},
            {"main_process_ip", by_others},
            {"main_process_port", "the processes of one machine find a free port by themselves"},
            {"config_file", "say what it says as options"},
            {"use_deepspeed", "training is data-parallel alone", false},
            {"use_fsdp", "training is data-parallel alone", false},
            {"use_megatron_lm", "training is data-parallel alone", false},
            {"tpu", "libtorch trains on the CPU or CUDA here", false},
            {"module", "name a command of this program, such as distill_slm_safety; no Python module is run", false, "-m"}});
  cmd->callback([s, &app, &line = cmd.line(), &chosen] {
    s->command = line.remaining();
    if (s->command.empty()) throw CLI::RequiredError{"the command to launch, such as distill_slm_safety"};
    auto const& name = s->command.front();
    if (name.starts_with('-')) throw CLI::ExtrasError{{name}};
    if (line.check_name(name)) throw CLI::ValidationError{"`launch` starts another command, such as distill_slm_safety"};
    auto const& known = command_named(app, name, line);
    if (s->machines > 1)
      throw CLI::ValidationError{fmt::format("--num_machines {}: start the processes by torchrun or srun", s->machines)};
    chosen = [s, &known]() -> int {
      if (!s->devices.empty() && s->devices != "all") ::setenv("CUDA_VISIBLE_DEVICES", s->devices.c_str(), 1);
      become_this_program("ease", launched(*s, known));
    };
  });
}

}  // namespace ease::app
