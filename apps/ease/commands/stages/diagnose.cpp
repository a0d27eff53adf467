// SPDX-License-Identifier: Apache-2.0
// `ease diagnose`: the model answers each prompt.
#include <ease/method/diagnose.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../../commands.hpp"
#include "../../kept_shelf.hpp"
#include "../../options.hpp"
#include "../../pipe.hpp"
#include "../../step_rows.hpp"
#include "../../watching.hpp"

namespace ease::app {

namespace {

step_report diagnose_step(input_options const& in, std::string const& out, std::string const& failed,
                          std::string const& model, diagnose_options const& options, model_shelf& shelf) {
  side_files beside;
  if (!failed.empty()) beside.file_for("", failed);
  watching_shelf open{shelf, "diagnose"};
  return pipe<prompt_rows>("diagnose", in, out, beside, open,
                           [&](auto rows) { return std::move(rows) | diagnose(open(model), options); });
}

}  // namespace

void add_diagnose(CLI::App& app, action& chosen) {
  struct all {
    input_options in;
    output_options o;
    std::string model, failed;
    diagnose_options options;
    model_options models;
    std::vector<std::string> asked() const { return {model}; }
    std::string failed_file() const { return beside(failed, o.out, ".failed.jsonl"); }
  };
  auto s = std::make_shared<all>();
  command cmd{app, "diagnose", "Let the model answer each prompt (generate_response.py)",
              "Example: ease diagnose diagnosis.jsonl --model SmolLM2.gguf --out answered.jsonl\n"
              "Adds `response` (a cut-off answer is {\"cut_off\": ...}) and `response_tokens`; all other keys stay."};
  add_input(cmd, s->in, "input,-i,--input," + both("dataset-name"), "Rows with a prompt");
  add_out(cmd, s->o.out, "-o,--out,--output," + both("output-file"), "Where the answered rows go");
  cmd->add_option("-m,--model," + both("model-name"), s->model, "PATH (folder or .gguf) or openai:MODEL@URL")
      ->required()
      ->type_name("MODEL");
  cmd->add_option("--failed", s->failed, "Rows that could not be answered (default: OUT.failed.jsonl)")->type_name("FILE");
  cmd.options(s->options);
  add_model(cmd, s->models, [&s = *s] { return s.asked(); });
  add_fresh(cmd, s->o, s->o.out);
  add_overwrite(cmd, s->o.overwrite);
  add_shard(cmd, s->o);
  add_without_effect(cmd, {"tensor-parallel-size", "gpu-memory-utilization", "max-model-len", "template-type"});
  add_reporting(cmd, s->o);
  cmd.files([&s = *s, &line = cmd.line()] {
    return row_files<prompt_rows>(line, {s.in}, s.o, {s.o.out, s.failed_file()}, s.asked(), s.models);
  });
  cmd.runs(chosen, [s, &line = cmd.line()] {
    return on_rows(line, s->in, s->o, s->failed_file(), s->models,
                   [&](auto& in, auto& out, auto const& failed, auto& shelf) {
                     return diagnose_step(in, out, failed, s->model, s->options, shelf);
                   });
  });
}

}  // namespace ease::app
