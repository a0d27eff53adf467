// SPDX-License-Identifier: Apache-2.0
// `ease diagnose`: the model answers each prompt.
#include <ease/method/diagnose.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../../row_command.hpp"

namespace ease::app {

namespace {

struct diagnose_command : row_options {
  diagnose_command() : row_options{".failed.jsonl"} {}
  std::string model;
  diagnose_options options;
  std::vector<std::string> asked() const { return {model}; }
  step_report work(row_work& at) const {
    return at.pipe<prompt_rows>([&](auto rows) { return std::move(rows) | diagnose(at.open(model), options); });
  }
};

}  // namespace

void add_diagnose(CLI::App& app, action& chosen) {
  auto s = std::make_shared<diagnose_command>();
  command cmd{app, "diagnose", "Let the model answer each prompt (generate_response.py)",
              "Example: ease diagnose diagnosis.jsonl --model SmolLM2.gguf --out answered.jsonl\n"
              "Adds `response` (a truncated answer is {\"truncated\": ...}) and `response_tokens`; all other keys stay."};
  add_input(cmd, s->in, "input,-i,--input," + both("dataset-name"), "Rows with a prompt");
  add_out(cmd, s->o.out, "-o,--out,--output," + both("output-file"), "Where the answered rows go");
  cmd->add_option("-m,--model," + both("model-name"), s->model, "PATH (folder or .gguf) or openai:MODEL@URL")
      ->required()
      ->type_name("MODEL");
  cmd->add_option("--failed", s->side, "Rows that could not be answered (default: OUT.failed.jsonl)")->type_name("FILE");
  cmd.options(s->options);
  row_command<prompt_rows>(cmd, chosen, "diagnose", s,
                           {"tensor-parallel-size", "gpu-memory-utilization", "max-model-len", "template-type"});
}

}  // namespace ease::app
