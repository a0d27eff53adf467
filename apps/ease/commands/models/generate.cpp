// SPDX-License-Identifier: Apache-2.0
// `ease generate`: answers one prompt, or a file of them.
#include "../../generate.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <ease/io/json/json_text.hpp>
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
#include "for_terminal.hpp"

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
  model_shelf shelf{models};
  auto& model = shelf.open(name);
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
    w.object().key("text").value(said.text).key("finish").value(name_of(said.why));
    w.key("prompt_tokens").value(said.prompt_tokens).key("completion_tokens").value(said.completion_tokens).end();
    fmt::print("{}\n", line);
    return 0;
  }
  fmt::print("{}\n", streamed ? std::string{} : for_terminal(said.text));
  if (said.why == finish_reason::max_tokens)
    fmt::print(stderr, "ease: the answer was cut off at {} tokens; --max-tokens raises that\n", options.how.max_tokens);
  return 0;
}

}  // namespace

void add_generate(CLI::App& app, action& chosen) {
  struct all {
    std::string model, prompt, failed;
    input_options in;
    output_options o;
    generate_options options;
    model_options models;
    std::vector<std::string> asked() const { return {model}; }
    std::string failed_file() const { return beside(failed, o.out, ".failed.jsonl"); }
    bool one_prompt() const { return in.file.empty(); }
  };
  auto s = std::make_shared<all>();
  command cmd{app, "generate", "Answer one prompt as it is written, or a file of prompts",
              "Examples: ease generate --model SmolLM2.gguf \"Why is the sky blue?\"\n"
              "          ease generate --model SmolLM2.gguf --input prompts.jsonl --out answers.jsonl --temperature 0\n"
              "With --input it adds `response` and `response_tokens` to each row, as `ease diagnose` does."};
  cmd->add_option("prompt", s->prompt, "The prompt (or use --input)")->type_name("TEXT");
  add_input(cmd, s->in, "-i,--input", "File of rows with a prompt")->required(false);
  cmd->add_option("-o,--out", s->o.out, "File for the answers")->type_name("FILE");
  cmd->add_option("--failed", s->failed, "Rows that could not be answered (default: OUT.failed.jsonl)")->type_name("FILE");
  cmd->add_option("-m,--model," + both("model-name"), s->model, "PATH or openai:MODEL@URL")->required()->type_name("MODEL");
  cmd.options(s->options);
  add_model(cmd, s->models, [&s = *s] { return s.asked(); });
  add_fresh(cmd, s->o, s->o.out);
  add_overwrite(cmd, s->o.overwrite);
  add_shard(cmd, s->o);
  add_reporting(cmd, s->o);
  cmd.settle([&s = *s] {
    if (s.prompt.empty() == s.in.file.empty()) throw CLI::ValidationError{"give either a prompt or --input FILE"};
    if (!s.one_prompt() && s.o.out.empty()) throw CLI::RequiredError{"--out"};
  });
  auto of_files = options_of_input();
  of_files.insert(of_files.end(), {"--out", "--failed", "--overwrite", "--shard"});
  cmd.unused(of_files,
             [&s = *s]() -> std::string { return s.one_prompt() ? "it is for a file of prompts, --input FILE" : ""; });
  cmd.unused({"--max-batch-rows", "--max-in-flight", "--price-in", "--price-out"},
             [&s = *s]() -> std::string { return s.one_prompt() ? "one prompt is answered" : ""; });
  cmd.unused({"--chat-template"},
             [&s = *s]() -> std::string { return s.options.plain ? "--plain puts no chat template around the text" : ""; });
  cmd.files([&s = *s, &line = cmd.line()] {
    if (!s.one_prompt()) return row_files<prompt_rows>(line, {s.in}, s.o, {s.o.out, s.failed_file()}, s.asked(), s.models);
    file_use use;
    add_models(use, s.asked(), s.models);
    return use;
  });
  cmd.runs(chosen, [s, &line = cmd.line()]() -> int {
    if (s->one_prompt()) return answer_one(s->prompt, s->model, s->options, s->models, s->o.json);
    return on_rows(
        line, s->in, s->o, s->failed_file(), s->models, [&](auto& in, auto& out, auto const& failed, auto& shelf) {
          side_files side;
          if (!failed.empty()) side.file_for("", failed);
          watching_shelf open{shelf, "generate"};
          return pipe<prompt_rows>("generate", in, out, side, open,
                                   [&](auto rows) { return std::move(rows) | generate(open(s->model), s->options); });
        });
  });
}

}  // namespace ease::app
