#include "preflight.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <ease/backend/openai_endpoint.hpp>
#include <ease/io/error.hpp>
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

// The nearest folder above that is there.
fs::path ground_of(fs::path path) {
  std::error_code bad;
  path = fs::absolute(path, bad);
  while (!fs::exists(path, bad) && path.has_parent_path() && path != path.parent_path()) path = path.parent_path();
  return path;
}

// The trained models are certain to be written. Checkpoints are, where training takes longer than they are apart.
void look_at_disk(run_config const& c, model_config const& config, fs::path const& out) {
  auto const ground = ground_of(out);
  if (::access(ground.c_str(), W_OK | X_OK) != 0)
    throw error{"{}: this folder cannot be made: {}", out.string(), std::generic_category().message(errno)};
  std::error_code bad;
  auto const room = fs::space(ground, bad);
  if (bad || room.capacity == 0) return;  // no disk at all: it will say so itself
  auto const parameters = static_cast<std::uint64_t>(parameter_count(config));
  auto const width = [](train_options const& t) { return t.precision == training_precision::float32 ? 4U : 2U; };
  std::uint64_t have = 0;
  for (auto const* name : {"reasoning_model", "tuned_model", "model"})
    if (auto const size = fs::file_size(out / name / "model.safetensors", bad); !bad) have += size;
  auto const models = parameters * (width(c.distill) + width(c.finetune) * (c.refits() ? 2U : 1U));
  auto const least = models > have ? models - have : 0;
  auto const gigabytes = [](std::uint64_t bytes) { return static_cast<double>(bytes) / 1e9; };
  if (room.available < least)
    throw error{"{}: {:.1f} GB are free there, and the trained models alone take {:.1f} GB", out.string(),
                gigabytes(room.available), gigabytes(least)};
  auto const state = parameters * 12;  // float32 weights and both moments
  auto const checkpoints = state * (c.finetune.checkpoints.keep + 1);
  if (room.available < least + checkpoints)
    fmt::print(stderr, "ease: {}: {:.1f} GB are free there; checkpoints of a long training would take {:.1f} GB\n",
               out.string(), gigabytes(room.available), gigabytes(least + checkpoints));
}

}  // namespace

void preflight(run_config const& c, fs::path const& out, bool fresh) {
  auto const use = files_of(c, out.string());
  use.check();
  look_at_names(use, out, fresh);
  look_at_kinds(c);
  look_at<adversarial_rows>(c.data.diagnosis);
  look_at<adversarial_rows>(c.data.reasoning);
  look_at<refusal_rows>(c.data.harmful);
  look_at<general_rows>(c.data.general);
  look_at<held_out_rows>(c.data.held_out);
  if (c.boundary) look_at<boundary_rows>(c.boundary->think), look_at<boundary_rows>(c.boundary->direct);
  if (is_remote(c.model)) throw error{"model: {}: the SLM is trained here: name a folder or a .gguf file", c.model};
  auto const slm = load_model(c.model, std::nullopt, precision::float32, c.models.chat);
  if (!slm.why_no_chat.empty()) throw error{"model: {}: {}", c.model, slm.why_no_chat};
  for (auto const& name : models_of(c)) {
    if (is_remote(name))
      (void)openai_endpoint::parse_all(name);
    else if (name != c.model)
      (void)load_model(name, std::nullopt, precision::float32, c.models.chat);
  }
  look_at_disk(c, slm.net.config, out);
}

}  // namespace ease::app
