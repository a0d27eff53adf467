// SPDX-License-Identifier: Apache-2.0
// `ease generate`: answers one prompt, or a file of them.
#include <fmt/format.h>

#include <cstdio>
#include <ease/ask/generate.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/measure/safety/steering.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../../for_terminal.hpp"
#include "../../row_command.hpp"

namespace ease::app {

namespace {

char const* name_of(finish_reason why) {
  switch (why) {
    case finish_reason::end_of_turn:
      return "end_of_turn";
    case finish_reason::stop_string:
      return "stop_string";
    case finish_reason::max_tokens:
      return "max_tokens";
    case finish_reason::context_full:
      return "context_full";
  }
  return "";
}

// One prompt, answered on stdout while the answer grows.
int answer_one(std::string const& text, std::string const& name, generate_options const& options,
               model_options const& models, bool json) {
  // Not from a model_cache: who the model is is not asked for, and to tell it all weights are read.
  auto const opened = open_model(name, models, notices());
  any_model& model = *opened;
  if (logs().wants(log_level::info)) logs().write(log_level::info, "model", {{"is", model.identity()}});
  bool streamed = false;
  if (!json)
    model.stream = [&](std::size_t, std::string const& piece) {
      std::fputs(for_terminal(piece).c_str(), stdout);
      std::fflush(stdout);
      streamed = true;
    };
  std::string trouble;
  completion said;
  model.generate(std::vector{request_for(text, options)}, [&](std::size_t, outcome<completion> what) {
    if (auto const* broken = std::get_if<failure>(&what))
      trouble = broken->what;
    else
      said = std::get<completion>(std::move(what));
  });
  if (!trouble.empty()) throw error{"{}", trouble};
  if (json) {
    std::string line;
    json_writer w{line, bad_utf8::replace};
    w.object().key("text").value(said.text).key("finish").value(name_of(said.finish_reason));
    w.key("models");
    json_codec<std::vector<reported_model>>::write(w, report_of_models({name}));
    w.key("prompt_tokens").value(said.prompt_tokens).key("completion_tokens").value(said.completion_tokens).end();
    fmt::print("{}\n", line);
    return 0;
  }
  fmt::print("{}\n", streamed ? std::string{} : for_terminal(said.text));
  if (said.finish_reason == finish_reason::max_tokens)
    tell(fmt::format("the answer was truncated at {} tokens; --max-tokens raises that", options.sampling.max_tokens));
  return 0;
}

struct generate_command : row_options {
  generate_command() : row_options{".failed.jsonl"} {}
  std::string model, prompt;
  generate_options options;
  std::vector<std::string> asked() const { return {model}; }
  bool one_prompt() const { return in.file.empty(); }
  step_report work(row_work& at) const {
    return at.pipe<prompt_rows>([&](auto rows) { return std::move(rows) | generate(at.open(model), options); });
  }
};

}  // namespace

void add_generate(CLI::App& app, action& chosen) {
  auto s = std::make_shared<generate_command>();
  command cmd{app, "generate", "Answer one prompt as it is written, or a file of prompts",
              "Examples: ease generate --model SmolLM2.gguf \"Why is the sky blue?\"\n"
              "          ease generate --model SmolLM2.gguf --input prompts.jsonl --out answers.jsonl --temperature 0\n"
              "With --input it adds `response` and `response_tokens` to each row, as `ease diagnose` does."};
  cmd->add_option("prompt", s->prompt, "The prompt (or use --input)")->type_name("TEXT");
  add_input(cmd, s->in, "-i,--input", "File of rows with a prompt")->required(false);
  may_be_stdout(cmd->add_option("-o,--out", s->o.out, "File for the answers"))->type_name("FILE");
  cmd->add_option("--failed", s->side, "Rows that could not be answered (default: OUT.failed.jsonl)")->type_name("FILE");
  cmd->add_option("-m,--model," + both("model-name"), s->model, "ORG/NAME, PATH or openai:MODEL@URL")
      ->required()
      ->type_name("MODEL");
  cmd.options(s->options);
  add_row_options(cmd, *s);
  cmd.infer([&s = *s] {
    if (s.prompt.empty() == s.in.file.empty()) throw CLI::ValidationError{"give either a prompt or --input FILE"};
    if (!s.one_prompt() && s.o.out.empty()) throw CLI::RequiredError{"--out"};
    if (is_remote(s.model) && !s.options.prefill.empty() && !s.options.plain)
      tell(fmt::format("--prefill: {}, and its answer need not show it", server_may_begin_anew));
  });
  auto of_files = options_of_input();
  of_files.insert(of_files.end(), {"--out", "--failed", "--overwrite", "--shard"});
  cmd.unused(of_files,
             [&s = *s]() -> std::string { return s.one_prompt() ? "it is for a file of prompts, --input FILE" : ""; });
  cmd.unused({"--max-batch-rows", "--max-in-flight", "--price-in", "--price-out", "--price-cached"},
             [&s = *s]() -> std::string { return s.one_prompt() ? "one prompt is answered" : ""; });
  cmd.unused({"--chat-template"},
             [&s = *s]() -> std::string { return s.options.plain ? "--plain puts no chat template around the text" : ""; });
  cmd.files([&s = *s] {
    if (!s.one_prompt()) return files_of_rows<prompt_rows>(s);
    file_use use;
    add_models(use, s.asked(), s.models);
    return use;
  });
  cmd.runs(chosen, [s, &line = cmd.line()]() -> int {
    if (s->one_prompt()) return answer_one(s->prompt, s->model, s->options, s->models, s->o.json);
    return work_on_rows(line, "generate", *s);
  });
}

}  // namespace ease::app
