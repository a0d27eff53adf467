#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <ease/io/json_text.hpp>
#include <ease/io/terminal_text.hpp>
#include <ease/io/write_records.hpp>
#include <ease/stage/run.hpp>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "command.hpp"
#include "commands.hpp"
#include "generate.hpp"
#include "inspect.hpp"
#include "kept_shelf.hpp"
#include "options.hpp"
#include "pipe.hpp"
#include "steps.hpp"
#include "watching.hpp"

namespace ease::app {

namespace {

// What a model wrote: as it is into files and pipes, made safe for a terminal.
std::string for_terminal(std::string const& text) { return ::isatty(STDOUT_FILENO) == 1 ? terminal_text(text) : text; }

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

void add_tokenize(CLI::App& app, action& chosen) {
  struct all {
    std::string model, text;
    bool decode{false}, parse_special{false}, json{false}, quiet{false};
  };
  auto s = std::make_shared<all>();
  command cmd{app, "tokenize", "Text to token ids, and back",
              "Examples: ease tokenize --model SmolLM2.gguf \"Hello world\"\n"
              "          ease tokenize --model SmolLM2.gguf --decode \"19556 905\"\n"
              "Without a text, reads stdin. Text that looks like a special token stays text unless --special is given."};
  cmd->add_option("text", s->text, "Text, or ids with --decode")->type_name("TEXT");
  cmd->add_option("-m,--model", s->model, "A folder or a .gguf file")->required()->type_name("PATH");
  cmd->add_flag("-d,--decode", s->decode, "Ids to text");
  cmd->add_flag("--special", s->parse_special, "Special tokens in the text become their ids");
  cmd->add_flag("--json", s->json, "Print a JSON object");
  add_quiet(cmd, s->quiet);
  cmd.unused({"--special"}, [&s = *s]() -> std::string { return s.decode ? "--decode reads ids, not text" : ""; });
  cmd.runs(chosen, [s] {
    auto const words = words_of(s->model);
    if (s->text.empty()) s->text.assign(std::istreambuf_iterator<char>{std::cin}, {});
    std::vector<token_id> ids;
    std::string text;
    if (s->decode) {
      std::size_t at = 0;
      while ((at = s->text.find_first_of("0123456789", at)) != std::string::npos) {
        token_id one{};
        auto const [end, bad] = std::from_chars(s->text.data() + at, s->text.data() + s->text.size(), one);
        if (bad != std::errc{} || one < 0 || static_cast<std::size_t>(one) >= words.size())
          throw error{"tokenize: {} is no id of this vocabulary of {}", s->text.substr(at, 12), words.size()};
        ids.push_back(one);
        at = static_cast<std::size_t>(end - s->text.data());
      }
      text = words.decode(ids, false);
    } else {
      ids = words.encode(s->text, s->parse_special ? special_text::parsed : special_text::plain);
      text = s->text;
    }
    if (s->json) {
      std::string line;
      json_writer w{line, bad_utf8::replace};
      w.object().key("text").value(text).key("ids").array();
      for (auto i : ids) w.value(i);
      w.end().end();
      fmt::print("{}\n", line);
    } else if (s->decode) {
      fmt::print("{}\n", for_terminal(text));
    } else {
      fmt::print("{}\n", fmt::join(ids, " "));
    }
    return 0;
  });
}

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

void add_inspect(CLI::App& app, action& chosen) {
  struct all {
    std::string model;
    bool json{false}, quiet{false};
  };
  auto s = std::make_shared<all>();
  command cmd{app, "inspect", "What a model is: shape, vocabulary, chat template, think tokens",
              "Example: ease inspect SmolLM2.gguf"};
  cmd->add_option("model,-m,--model", s->model, "A folder or a .gguf file")->required()->type_name("PATH");
  cmd->add_flag("--json", s->json, "Print a JSON object");
  add_quiet(cmd, s->quiet);
  cmd.runs(chosen, [s] {
    auto const f = inspect_model(s->model);
    if (s->json) {
      std::string line;
      json_writer w{line};
      w.object().key("architecture").value(f.architecture).key("parameters").value(f.parameters);
      w.key("layers").value(f.layers).key("hidden").value(f.hidden).key("heads").value(f.heads);
      w.key("kv_heads").value(f.kv_heads).key("head_dim").value(f.head_dim).key("intermediate").value(f.intermediate);
      w.key("context").value(f.context).key("vocabulary").value(f.vocabulary).key("token_ids").value(f.token_ids);
      w.key("idle_rows").value(f.idle_rows).key("tied").value(f.tied).key("chat_template");
      f.chat.empty() ? w.value(nullptr) : w.value(f.chat);
      if (!f.chat_problem.empty()) w.key("chat_template_problem").value(f.chat_problem);
      w.key("think_tokens");
      if (f.think_open && f.think_close)
        w.array().value(*f.think_open).value(*f.think_close).end();
      else
        w.value(nullptr);
      w.end();
      fmt::print("{}\n", line);
      return 0;
    }
    fmt::print("{:<16}{}, {:.1f} M parameters\n", "model", f.architecture, static_cast<double>(f.parameters) / 1e6);
    fmt::print("{:<16}{} layers, hidden {}, {} heads of {} ({} key/value), feed-forward {}, context {}\n", "shape", f.layers,
               f.hidden, f.heads, f.head_dim, f.kv_heads, f.intermediate, f.context);
    fmt::print("{:<16}{} embedding rows{}, {} token ids, {} idle\n", "vocabulary", f.vocabulary, f.tied ? " (tied)" : "",
               f.token_ids, f.idle_rows);
    fmt::print("{:<16}{}\n", "chat template",
               f.chat.empty()           ? "none: " + f.chat_problem
               : f.chat_problem.empty() ? f.chat
                                        : f.chat + " (not compared with the model's own: " + f.chat_problem + ")");
    if (f.think_open && f.think_close)
      fmt::print("{:<16}{} and {}\n", "think tokens", *f.think_open, *f.think_close);
    else
      fmt::print("{:<16}none yet; training adds them{}\n", "think tokens", f.idle_rows >= 2 ? " on idle rows" : "");
    return 0;
  });
}

}  // namespace

void add_model_commands(CLI::App& app, action& chosen) {
  add_generate(app, chosen);
  add_tokenize(app, chosen);
  add_score(app, chosen);
  add_inspect(app, chosen);
}

}  // namespace ease::app
