// SPDX-License-Identifier: Apache-2.0
// `ease classify`: each prompt gets its safety categories.
#include <ease/method/classify.hpp>
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

step_report classify_step(input_options const& in, std::string const& out, std::string const& rejects,
                          labeller_choice const& labeller, model_shelf& shelf) {
  side_files beside;
  if (!rejects.empty()) beside.file_for("", rejects);
  watching_shelf open{shelf, "classify"};
  return with_labeller(labeller, open, [&](auto by) {
    return pipe<prompt_rows>("classify", in, out, beside, open,
                             [&](auto rows) { return std::move(rows) | classify(std::move(by)); });
  });
}

}  // namespace

void add_classify(CLI::App& app, action& chosen) {
  struct all {
    input_options in;
    output_options o;
    std::string rejects;
    labeller_choice labeller;
    model_options models;
    std::vector<std::string> asked() const { return {labeller.model}; }
    std::string rejects_file() const { return beside(rejects, o.out, ".rejects.jsonl"); }
  };
  auto s = std::make_shared<all>();
  command cmd{
      app, "classify", "Give each prompt its safety categories (safety_classification.py)",
      "Examples: ease classify vulnerable.jsonl --out labelled.jsonl --model SmolLM2.gguf\n"
      "          OPENAI_API_KEY=... ease classify vulnerable.jsonl --out labelled.jsonl --labeller answer --model "
      "openai:gpt-4o\n"
      "The key is read from OPENAI_API_KEY, never from the command line. A row with a label that is not known goes to "
      "the rejects: it never gets a default policy."};
  add_input(cmd, s->in, "input,-i,--input", "Rows with a prompt");
  add_out(cmd, s->o.out, "-o,--out,--output", "Where the labelled rows go");
  cmd->add_option("--rejects", s->rejects, "Rows without a readable label (default: OUT.rejects.jsonl)")->type_name("FILE");
  cmd.options(s->labeller, {{"kind", "--labeller"}, {"model", "-m,--model"}});
  cmd->get_option("--model")->required();
  cmd->add_option(both("test-count"), s->in.max_rows, "As published: only so many rows")
      ->check(in_range<std::size_t>(at_least(1)));
  add_model(cmd, s->models, [&s = *s] { return s.asked(); });
  add_fresh(cmd, s->o, s->o.out);
  add_overwrite(cmd, s->o.overwrite);
  add_shard(cmd, s->o);
  add_without_effect(cmd, {"delay"});
  add_reporting(cmd, s->o);
  cmd.files([&s = *s, &line = cmd.line()] {
    return row_files<prompt_rows>(line, {s.in}, s.o, {s.o.out, s.rejects_file()}, s.asked(), s.models);
  });
  cmd.runs(chosen, [s, &line = cmd.line()] {
    return on_rows(line, s->in, s->o, s->rejects_file(), s->models, [&](auto& in, auto& out, auto const& side, auto& shelf) {
      return classify_step(in, out, side, s->labeller, shelf);
    });
  });
}

}  // namespace ease::app
