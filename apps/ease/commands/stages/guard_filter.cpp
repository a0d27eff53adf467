// SPDX-License-Identifier: Apache-2.0
// `ease guard-filter`: a guard judges each answer; the rows are split by its verdict.
#include <ease/method/guard_filter.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../../row_command.hpp"

namespace ease::app {

namespace {

struct guard_filter_command : row_options {
  guard_filter_command() : row_options{".failed.jsonl"} {}
  std::string safe, unparsed;
  guard_choice guard;
  std::vector<std::string> asked() const { return models_of(guard); }
  // The unsafe rows are the output.
  std::vector<std::string> outputs() const {
    auto files = row_options::outputs();
    files.push_back(safe);
    files.push_back(beside(unparsed, ".unparsed.jsonl"));
    return files;
  }
  step_report work(row_work& at) const {
    if (!at.outputs[2].empty()) at.sides.file_for("safe", at.outputs[2], true);
    if (!at.outputs[3].empty()) at.sides.file_for("unparsed", at.outputs[3]);
    return with_guard(guard, at.open, [&](auto judge) {
      return at.pipe<answered_rows>([&](auto rows) { return std::move(rows) | guard_filter(std::move(judge)); },
                                    max_unparsed_of(guard));
    });
  }
};

}  // namespace

void add_guard_filter(CLI::App& app, action& chosen) {
  auto s = std::make_shared<guard_filter_command>();
  command cmd{
      app, "guard-filter", "Judge each (prompt, response) and split the rows (filter_unsafe.py)",
      "Example: ease guard-filter answered.jsonl --unsafe vulnerable.jsonl --safe safe.jsonl --guard llama-guard "
      "--model Llama-Guard-3-8B\n"
      "Three outcomes, counted apart: unsafe, safe and unparsed. As published, --output_file takes the safe rows and "
      "--rejected_file the unsafe ones, and --model without --guard is a llama-guard."};
  add_input(cmd, s->in, "input,-i,--input," + both("input-file"), "Rows with a prompt and a response");
  add_out(cmd, s->o.out, "--unsafe," + both("rejected-file"), "Unsafe rows: the vulnerable region");
  cmd->add_option("--safe," + both("output-file"), s->safe, "Safe rows")->type_name("FILE");
  cmd->add_option("--unparsed", s->unparsed, "Rows whose verdict could not be read (default: UNSAFE.unparsed.jsonl)")
      ->type_name("FILE");
  cmd->add_option("--failed", s->side, "Rows that could not be judged (default: UNSAFE.failed.jsonl)")->type_name("FILE");
  add_guard(cmd, s->guard, "-m,--model," + both("model-name"));
  cmd.infer([&s = *s, &line = cmd.line()] {
    if (!s.guard.model.empty() && !given(line, "--guard")) s.guard.kind = "llama-guard";
  });
  row_command<answered_rows>(cmd, chosen, "guard_filter", s, {memory_is_taken_as_needed});
}

void add_filter_unsafe(CLI::App& app, action& chosen) {
  auto s = std::make_shared<guard_filter_command>();
  s->guard.kind = "llama-guard";
  s->guard.model = "meta-llama/Llama-Guard-3-8B";
  s->safe = "filtered_data.jsonl";
  s->o.out = "rejected_data.jsonl";
  command cmd{
      app, "filter_unsafe", "As filter_unsafe.py: Llama Guard judges each answer and the rows are split",
      "Example: ease filter_unsafe --input_file responses.jsonl --output_file safe.jsonl --rejected_file unsafe.jsonl\n"
      "The model is gated: accept its terms on its page, and set HF_TOKEN. A verdict that cannot be read makes a row "
      "neither safe nor unsafe: it goes to REJECTED_FILE.unparsed.jsonl."};
  cmd->alias("filter_unsafe.py");
  add_input(cmd, s->in, both("input-file") + ",-i,--input", "Rows with a question and a response");
  cmd->add_option(both("output-file") + ",--safe", s->safe, "Safe rows")->type_name("FILE")->capture_default_str();
  add_out(cmd, s->o.out, both("rejected-file") + ",--unsafe", "Unsafe rows: the vulnerable region")
      ->required(false)
      ->capture_default_str();
  cmd->add_option("--unparsed", s->unparsed, "Rows whose verdict could not be read (default: REJECTED_FILE.unparsed.jsonl)")
      ->type_name("FILE");
  cmd->add_option("--failed", s->side, "Rows that could not be judged (default: REJECTED_FILE.failed.jsonl)")
      ->type_name("FILE");
  add_guard(cmd, s->guard, both("model-name") + ",-m,--model");
  cmd.infer([&s = *s, &line = cmd.line()] {  // the default model is that of the default guard
    if (given(line, "--guard") && !given(line, "--model_name") && !s.guard.facts().asks_model) s.guard.model.clear();
  });
  row_command<answered_rows>(cmd, chosen, "guard_filter", s, {memory_is_taken_as_needed});
}

}  // namespace ease::app
