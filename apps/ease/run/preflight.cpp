// SPDX-License-Identifier: Apache-2.0
#include "preflight.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/io/files/file_use.hpp>
#include <ease/llm/model_place.hpp>
#include <ease/named/look_ahead.hpp>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include "../logs.hpp"
#include "run_rows.hpp"

namespace ease::app {

namespace {

namespace fs = std::filesystem;

// All files of rows that a run reads.
std::vector<std::string> inputs_of(run_config const& c) {
  std::vector<std::string> files;
  auto const reads = [&](std::vector<std::string> const& some) {
    for (auto const& one : some) files.push_back(row_spec::parse(one).file);
  };
  for (auto const* some :
       {&c.data.diagnosis, &c.data.reasoning, &c.data.reasoned, &c.data.harmful, &c.data.general, &c.data.held_out})
    reads(*some);
  c.later.each([&](auto const& step) {
    for (auto const& some : step.inputs()) reads(some);
  });
  return files;
}

// The names of a run's own in its folder.
void add_names(file_use& use, std::string const& out) {
  for (auto const* name : {"before.jsonl", "after.jsonl", "report.json"}) use.writes.push_back(out + "/" + name);
  for (auto const* name :
       {"before", "after", "implant", "calibrate", "reasoning_model", "tuned_model", "model", ".run", "shards"})
    use.own.push_back(out + "/" + name);
}

// What a run writes in its folder must be none of what it reads: the prompts and models may well lie there otherwise.
file_use files_of(run_config const& c, std::string const& out) {
  file_use use{.reads = inputs_of(c), .overwrite = true};
  for (auto const& m : models_of(c))
    if (!is_remote(m)) std::ranges::copy(files_of_model(m), std::back_inserter(use.reads));
  use.goes_on.push_back(logs().path().string());
  use.kept_apart = {{"distill.tensorboard", c.distill.tensorboard}, {"finetune.tensorboard", c.finetune.tensorboard}};
  add_names(use, out);
  for (auto const step : c.later.names) {
    use.writes.push_back(fmt::format("{}/{}.jsonl", out, step));
    use.own.push_back(fmt::format("{}/{}", out, step));
    use.own.push_back(fmt::format("{}/{}_model", out, step));
  }
  return use;
}

// A folder that no run has left may hold somebody's own files under the names of ours.
void look_at_names(file_use const& use, fs::path const& out, bool fresh) {
  std::error_code bad;
  if (fresh || fs::exists(out / ".run", bad)) return;
  for (auto const* names : {&use.writes, &use.own})
    for (auto const& name : *names)
      if (fs::exists(name, bad))
        throw error{"{}: no run has left this, and a run would replace it; name another folder, or replace it with --fresh",
                    name};
}

// Inputs are read several times, and again by the run that goes on.
void look_at_kinds(run_config const& c) {
  for (auto const& file : inputs_of(c))
    if (is_stream(file))
      throw usage_error{"{}: a pipe or device, which can be read once; a run reads its inputs again: write them to a file",
                        file};
}

// The room for a run's models that are not there yet.
void look_at_room(run_config const& c, std::uint64_t parameters, fs::path const& out) {
  std::error_code bad;
  std::uint64_t have = 0;
  for (auto const* name : {"reasoning_model", "tuned_model", "model"})
    if (auto const size = fs::file_size(out / name / "model.safetensors", bad); !bad) have += size;
  auto const models =
      bytes_of_model(c.distill, parameters) + bytes_of_model(c.finetune, parameters) * (1U + c.later.at_work().size());
  ease::look_at_room(out, models > have ? models - have : 0, bytes_of_checkpoints(c.finetune, parameters), tell);
}

}  // namespace

void refuse_log_of_run(std::string const& log, std::string const& out) {
  file_use use{.goes_on = {log}, .overwrite = true};
  add_names(use, out);
  use.check();
}

void preflight(run_config const& c, fs::path const& out, bool fresh, bool planning) {
  check_folder_place(out, "--out");
  std::error_code none;
  for (auto const& m : models_of(c))
    if (!is_remote(m) && fs::is_directory(m, none) && lies_in(m, out))
      throw usage_error{"--out {}: this lies in the folder of a model that the run reads ({}); name another", out.string(),
                        m};
  auto const use = files_of(c, out.string());
  use.check();
  if (!planning) use.look();
  look_at_names(use, out, fresh);
  look_at_kinds(c);
  look_at<adversarial_rows>(c.data.diagnosis);
  look_at<adversarial_rows>(c.data.reasoning);
  look_at<reasoned_rows>(c.data.reasoned);
  look_at<refusal_rows>(c.data.harmful);
  look_at<general_rows>(c.data.general);
  look_at<held_out_rows>(c.data.held_out);
  c.later.each([](auto const& step) { step.look(); });
  if (is_remote(c.model)) throw usage_error{"model: {}: the SLM is trained here: name a folder or a .gguf file", c.model};
  auto const parameters = look_at_trainable(c.model, c.models.chat);
  look_at_models(models_of(c), c.models.chat);
  if (!planning)  // a plan lists what is missing
    if (auto const problem = key_problem(models_of(c)); !problem.empty()) throw error{"{}", problem};
  look_at_room(c, parameters, out);
}

}  // namespace ease::app
