// SPDX-License-Identifier: Apache-2.0
// `ease score`: the log-likelihood of completions.
#include <cmath>
#include <ease/stage/run.hpp>
#include <memory>
#include <span>
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

struct scored_text : field<"completion", std::string> {};
struct logprob : field<"logprob", double> {};
struct scored_tokens : field<"tokens", std::size_t> {};
struct greedy : field<"greedy", bool> {};
using scored_rows = input_rows<prompt, scored_text, other_keys>;

// The log-likelihood of each row's completion.
template <class Model>
struct score_rows : stage<needs<prompt, scored_text>, adds<logprob, scored_tokens, greedy>> {
  using base = stage<needs<prompt, scored_text>, adds<logprob, scored_tokens, greedy>>;
  using typename base::emit;
  using typename base::input;
  Model* model;
  bool chat;
  score_rows(Model& m, bool with_template) : model{&m}, chat{with_template} {}
  std::size_t window() const { return model->window(); }
  void operator()(std::span<input const> rows, emit const& done) const {
    std::vector<score_request> asks;
    for (auto const& row : rows) {
      model_input in = plain_text{get<prompt>(row)};
      if (chat) in = conversation{{role::user, get<prompt>(row)}};
      asks.push_back({.input = std::move(in), .continuations = {get<scored_text>(row)}});
    }
    model->score(asks, [&](std::size_t i, outcome<std::vector<continuation_score>> what) {
      if (auto* broken = std::get_if<failure>(&what)) return done(i, std::move(*broken));
      auto const& one = std::get<0>(what).front();
      if (!std::isfinite(one.logprob))
        return done(i, failure{"the completion is not among the server's likeliest first tokens"});
      done(i, base::with(one.logprob, one.tokens, one.greedy));
    });
  }
};

}  // namespace

void add_score(CLI::App& app, action& chosen) {
  struct all {
    std::string model, failed;
    input_options in;
    output_options o;
    bool chat{false};
    model_options models{.precision = "float32"};
    std::vector<std::string> asked() const { return {model}; }
    std::string failed_file() const { return beside(failed, o.out, ".failed.jsonl"); }
  };
  auto s = std::make_shared<all>();
  command cmd{
      app, "score", "Log-likelihood of completions: prompt, completion -> logprob, tokens, greedy",
      "Example: ease score pairs.jsonl --model SmolLM2.gguf --out scored.jsonl\n"
      "logprob is the natural log, summed over the completion's tokens; greedy says whether each was the likeliest."};
  add_input(cmd, s->in, "input,-i,--input", "Rows with a prompt and a completion");
  cmd->add_option("-o,--out", s->o.out, "File for the scored rows")->required()->type_name("FILE");
  cmd->add_option("--failed", s->failed, "Rows that could not be scored (default: OUT.failed.jsonl)")->type_name("FILE");
  cmd->add_option("-m,--model," + both("model-name"), s->model, "PATH or openai:MODEL@URL")->required()->type_name("MODEL");
  cmd->add_flag("--chat", s->chat, "Put the chat template around the prompt (default: plain text)");
  add_model(cmd, s->models, [&s = *s] { return s.asked(); });
  cmd.unused({"--chat-template"}, [&s = *s]() -> std::string {
    return s.chat ? "" : "without --chat no chat template is put around the prompt";
  });
  add_fresh(cmd, s->o, s->o.out);
  add_overwrite(cmd, s->o.overwrite);
  add_shard(cmd, s->o);
  add_reporting(cmd, s->o);
  cmd.settle([&s = *s] {
    if (s.in.shape == "automatic") s.in.shape = "ease";  // a completion is text here, not a training answer
  });
  cmd.files([&s = *s, &line = cmd.line()] {
    return row_files<scored_rows>(line, {s.in}, s.o, {s.o.out, s.failed_file()}, s.asked(), s.models);
  });
  cmd.runs(chosen, [s, &line = cmd.line()] {
    return on_rows(line, s->in, s->o, s->failed_file(), s->models,
                   [&](auto& in, auto& out, auto const& failed, auto& shelf) {
                     side_files side;
                     if (!failed.empty()) side.file_for("", failed);
                     watching_shelf open{shelf, "score"};
                     return pipe<scored_rows>("score", in, out, side, open, [&](auto rows) {
                       return std::move(rows) | score_rows{open(s->model), s->chat};
                     });
                   });
  });
}

}  // namespace ease::app
