// SPDX-License-Identifier: Apache-2.0
#include "preflight.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <ease/backend/openai/openai_endpoint.hpp>
#include <ease/core/error.hpp>
#include <ease/llm/model.hpp>
#include <ease/train/plan.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "file_use.hpp"
#include "logs.hpp"
#include "run_rows.hpp"

namespace ease::app {

namespace {

namespace fs = std::filesystem;

// Each file can be read, has a row, and that row has what it is read for.
template <class Rows>
void look_at(std::vector<std::string> const& files) {
  for (auto const& file : files) (void)Rows{{file}}.begin();
}

// All files of rows that a run reads.
std::vector<std::string> inputs_of(run_config const& c) {
  std::vector<std::string> files;
  auto const reads = [&](std::vector<std::string> const& some) { files.insert(files.end(), some.begin(), some.end()); };
  for (auto const* some : {&c.data.diagnosis, &c.data.reasoning, &c.data.harmful, &c.data.general, &c.data.held_out})
    reads(*some);
  if (c.boundary) reads(c.boundary->think), reads(c.boundary->direct);
  return files;
}

// What a run writes in its folder must be none of what it reads: the prompts and models may well lie there otherwise.
file_use files_of(run_config const& c, std::string const& out) {
  file_use use{.reads = inputs_of(c), .overwrite = true};
  for (auto const& m : models_of(c))
    if (!is_remote(m)) use.reads.push_back(m);
  use.goes_on.push_back(logs().path().string());
  for (auto const* name : {"before.jsonl", "after.jsonl", "boundary.jsonl", "report.json"})
    use.writes.push_back(out + "/" + name);
  for (auto const* name :
       {"before", "after", "boundary", "implant", "calibrate", "reasoning_model", "tuned_model", "model", ".run", "shards"})
    use.own.push_back(out + "/" + name);
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
      throw error{"{}: a pipe or device, which can be read once; a run reads its inputs again: write them to a file", file};
}

std::string size_text(std::uint64_t bytes) {
  auto const megabytes = static_cast<double>(bytes) / 1e6;
  return megabytes < 1000 ? fmt::format("{:.1f} MB", megabytes) : fmt::format("{:.1f} GB", megabytes / 1000);
}

// Models are certain to be written. Checkpoints are, where training takes longer than they are apart.
void look_at_room(fs::path const& out, std::uint64_t models, std::uint64_t checkpoints) {
  std::error_code bad;
  auto const room = fs::space(ground_of(out), bad);
  if (bad || room.capacity == 0) return;  // no disk at all: it will say so itself
  if (room.available < models)
    throw error{"{}: {} are free there, and what is trained alone takes {}", out.string(), size_text(room.available),
                size_text(models)};
  if (room.available < models + checkpoints)
    fmt::print(stderr, "ease: {}: {} are free there; with the checkpoints of a long training it would take {}\n",
               out.string(), size_text(room.available), size_text(models + checkpoints));
}

std::uint64_t bytes_of(train_options const& how, std::uint64_t parameters) {
  return parameters * (how.precision == training_precision::float32 ? 4U : 2U);
}
std::uint64_t bytes_of_checkpoints(train_options const& how, std::uint64_t parameters) {
  return parameters * 12 * (how.checkpoints.keep + 1);  // float32 weights and both moments
}

// The room for a run's models that are not there yet.
void look_at_room(run_config const& c, model_config const& config, fs::path const& out) {
  auto const parameters = static_cast<std::uint64_t>(parameter_count(config));
  std::error_code bad;
  std::uint64_t have = 0;
  for (auto const* name : {"reasoning_model", "tuned_model", "model"})
    if (auto const size = fs::file_size(out / name / "model.safetensors", bad); !bad) have += size;
  auto const models = bytes_of(c.distill, parameters) + bytes_of(c.finetune, parameters) * (c.refits() ? 2U : 1U);
  look_at_room(out, models > have ? models - have : 0, bytes_of_checkpoints(c.finetune, parameters));
}

// What of a local model can be known without its weights; throws what loading it would.
language_model header_of(std::string const& name, std::string const& chat) {
  return load_model(name, std::nullopt, precision::float32, chat);
}

model_config const& trainable(language_model const& slm, std::string const& name) {
  if (!slm.why_no_chat.empty()) throw error{"model: {}: {}", name, slm.why_no_chat};
  return slm.config();
}

}  // namespace

void preflight(run_config const& c, fs::path const& out, bool fresh, bool planning) {
  auto const use = files_of(c, out.string());
  use.check();
  if (!planning) use.look();
  look_at_names(use, out, fresh);
  look_at_kinds(c);
  look_at<adversarial_rows>(c.data.diagnosis);
  look_at<adversarial_rows>(c.data.reasoning);
  look_at<refusal_rows>(c.data.harmful);
  look_at<general_rows>(c.data.general);
  look_at<held_out_rows>(c.data.held_out);
  if (c.boundary) look_at<boundary_rows>(c.boundary->think), look_at<boundary_rows>(c.boundary->direct);
  if (is_remote(c.model)) throw error{"model: {}: the SLM is trained here: name a folder or a .gguf file", c.model};
  auto const slm = header_of(c.model, c.models.chat);
  auto others = models_of(c);
  std::erase(others, c.model);
  look_at_models(others, c.models.chat);
  look_at_room(c, trainable(slm, c.model), out);
}

void look_at_models(std::vector<std::string> const& models, std::string const& chat) {
  for (auto const& name : models) {
    if (is_remote(name))
      (void)openai_endpoint::parse_all(name);
    else if (!name.empty())
      (void)header_of(name, chat);
  }
}

void look_at_training(std::string const& model, train_options const& how, fs::path const& out) {
  auto const slm = header_of(model, how.chat);
  auto const& config = trainable(slm, model);
  auto const whole = static_cast<std::uint64_t>(parameter_count(config));
  auto const trained = how.lora.used() ? static_cast<std::uint64_t>(parameter_count(config, how.lora)) : whole;
  look_at_room(out, bytes_of(how, how.leaves_adapter() ? trained : whole), bytes_of_checkpoints(how, trained));
}

}  // namespace ease::app
