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
  may_be_stdout(add_out(cmd, s->o.out, "-o,--out,--output", "Where the classified rows go"));
  cmd->add_option("--rejects", s->side, "Rows without a readable label (default: OUT.rejects.jsonl)")->type_name("FILE");
  cmd.options(s->classifier, {{"kind", "--classifier", "--labeller"}, {"model", "-m,--model"}});
  cmd->get_option("--model")->required();
  add_random_rows(cmd, s->in, both("test-count"));
  add_seed(cmd, s->in.random_seed, "Which rows are drawn");
  row_command<prompt_rows>(cmd, chosen, "classify", s,
                           {{"delay", "--requests-per-minute limits how often a server is asked"}});
}

void add_safety_classification(CLI::App& app, action& chosen) {
  struct script : classify_command {
    double delay{1};  // seconds
    step_report work(row_work& at) const {
      return with_classifier(classifier, at.open, [&](auto by) {
        return at.pipe<kind_rows>([&](auto rows) { return std::move(rows) | classify(std::move(by), know_benign); });
      });
    }
  };
  auto s = std::make_shared<script>();
  s->classifier.kind = "generative";
  s->classifier.model = "openai:gpt-4o";
  s->o.out = "categorized_data.jsonl";
  command cmd{
      app, "safety_classification", "As safety_classification.py: a model names each prompt's safety categories",
      "Example: OPENAI_API_KEY=... ease safety_classification -i unsafe.jsonl -o adv_harmful.json\n"
      "A row whose data_type is Adversarial Benign gets the category benign and is not asked about. A row with a label "
      "that is not known goes to the rejects: it never gets a default policy."};
  cmd->alias("safety_classification.py");
  add_input(cmd, s->in, "-i,--input", "Rows with a prompt");
  may_be_stdout(add_out(cmd, s->o.out, "-o,--output,--out", "Where the classified rows go"))
      ->required(false)
      ->capture_default_str();
  cmd->add_option_function<std::string>(
         "-k," + both("api-key"),
         [](std::string const&) {
           throw CLI::ValidationError{
               "-k: a key in the command line stands in the list of processes and in the shell's history; set "
               "OPENAI_API_KEY to it"};
         },
         "Refused: the key is read from OPENAI_API_KEY")
      ->type_name("KEY");
  add_random_rows(cmd, s->in, "-t," + both("test-count"));
  add_seed(cmd, s->in.random_seed, "Which rows are drawn");
  cmd->add_option("-d,--delay", s->delay, "Seconds between two requests; 0: none")
      ->check(in_range<double>(between{0.0, 3600.0}))
      ->capture_default_str();
  cmd->add_option("--rejects", s->side, "Rows without a readable label (default: OUT.rejects.jsonl)")->type_name("FILE");
  cmd.options(s->classifier, {{"kind", "--classifier"}, {"model", "-m,--model"}});
  cmd.infer([&s = *s, &line = cmd.line()] {
    if (!given(line, "--requests-per-minute") && is_remote(s.classifier.model))
      s.models.remote.requests_per_minute = s.delay > 0 ? 60 / s.delay : 0;
    if (given(line, "--delay") && !is_remote(s.classifier.model)) tell("--delay has no effect: no model here is remote");
  });
  cmd.unused({"--delay"}, [&line = cmd.line()]() -> std::string {
    if (given(line, "--requests-per-minute")) return "--requests-per-minute is said";
    return "";
  });
  row_command<kind_rows>(cmd, chosen, "safety_classification", s);
}

}  // namespace ease::app
