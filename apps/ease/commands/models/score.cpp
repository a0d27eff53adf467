// SPDX-License-Identifier: Apache-2.0
// `ease score`: the log-likelihood of completions.
#include <ease/ask/score_rows.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../../row_command.hpp"

namespace ease::app {

namespace {

using rows_to_score = input_rows<history, prompt, scored_text, other_keys>;

struct score_command : row_options {
  score_command() : row_options{".failed.jsonl"} { models.precision = "float32"; }
  std::string model;
  bool chat{false};
  std::vector<std::string> asked() const { return {model}; }
  step_report work(row_work& at) const {
    return at.pipe<rows_to_score>([&](auto rows) { return std::move(rows) | score_rows(at.open(model), chat); });
  }
};

}  // namespace

void add_score(CLI::App& app, action& chosen) {
  auto s = std::make_shared<score_command>();
  command cmd{
      app, "score", "Log-likelihood of completions: prompt, completion -> logprob, tokens, greedy",
      "Example: ease score pairs.jsonl --model SmolLM2.gguf --out scored.jsonl\n"
      "logprob is the natural log, summed over the completion's tokens; greedy says whether each was the likeliest."};
  add_input(cmd, s->in, "input,-i,--input", "Rows with a prompt and a completion");
  may_be_stdout(cmd->add_option("-o,--out", s->o.out, "File for the scored rows"))->required()->type_name("FILE");
  cmd->add_option("--failed", s->side, "Rows that could not be scored (default: OUT.failed.jsonl)")->type_name("FILE");
  cmd->add_option("-m,--model," + both("model-name"), s->model, "ORG/NAME, PATH or openai:MODEL@URL")
      ->required()
      ->type_name("MODEL");
  cmd->add_flag("--chat", s->chat, "Put the chat template around the prompt (default: plain text)");
  add_row_options(cmd, *s);
  cmd.unused({"--chat-template"}, [&s = *s]() -> std::string {
    return s.chat ? "" : "without --chat no chat template is put around the prompt";
  });
  cmd.infer([&s = *s] {
    if (s.in.schema == "automatic") s.in.schema = "ease";  // a completion is text here, not a training answer
  });
  cmd.files([&s = *s] { return files_of_rows<rows_to_score>(s); });
  cmd.runs(chosen, [s, &line = cmd.line()] { return work_on_rows(line, "score", *s); });
}

}  // namespace ease::app
