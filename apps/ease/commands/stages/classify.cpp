// SPDX-License-Identifier: Apache-2.0
// `ease classify`: each prompt gets its safety categories.
#include <ease/method/classify.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../../row_command.hpp"

namespace ease::app {

namespace {

struct classify_command : row_options {
  classify_command() : row_options{".rejects.jsonl"} {}
  classifier_choice classifier;
  std::vector<std::string> asked() const { return {classifier.model}; }
  step_report work(row_work& at) const {
    return with_classifier(classifier, at.open, [&](auto by) {
      return at.pipe<prompt_rows>([&](auto rows) { return std::move(rows) | classify(std::move(by)); });
    });
  }
};

}  // namespace

void add_classify(CLI::App& app, action& chosen) {
  auto s = std::make_shared<classify_command>();
  command cmd{
      app, "classify", "Give each prompt its safety categories (safety_classification.py)",
      "Examples: ease classify vulnerable.jsonl --out classified.jsonl --model SmolLM2.gguf\n"
      "          OPENAI_API_KEY=... ease classify vulnerable.jsonl --out classified.jsonl --classifier generative --model "
      "openai:gpt-4o\n"
      "The key is read from OPENAI_API_KEY, never from the command line. A row with a label that is not known goes to "
      "the rejects: it never gets a default policy."};
  add_input(cmd, s->in, "input,-i,--input", "Rows with a prompt");
  add_out(cmd, s->o.out, "-o,--out,--output", "Where the classified rows go");
  cmd->add_option("--rejects", s->side, "Rows without a readable label (default: OUT.rejects.jsonl)")->type_name("FILE");
  cmd.options(s->classifier, {{"kind", "--classifier", "--labeller"}, {"model", "-m,--model"}});
  cmd->get_option("--model")->required();
  cmd->add_option(both("test-count"), s->in.max_rows, "As published: only so many rows")
      ->check(in_range<std::size_t>(at_least(1)));
  row_command<prompt_rows>(cmd, chosen, "classify", s, {"delay"});
}

}  // namespace ease::app
