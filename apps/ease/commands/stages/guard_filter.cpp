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

// What the command and the published script have in common: the same options, each with the own name first.
struct filter_flags {
  std::string input, safe, unsafe, model, beside;  // `beside`: what the help calls the file of unsafe rows
};
void filter_line(command& cmd, filter_flags const& flags, std::shared_ptr<guard_filter_command> const& s) {
  bool const has_defaults = !s->o.out.empty();
  add_input(cmd, s->in, flags.input, "Rows with a prompt and a response");
  auto* const unsafe = may_be_stdout(add_out(cmd, s->o.out, flags.unsafe, "Unsafe rows: the vulnerable region"));
  auto* const safe = cmd->add_option(flags.safe, s->safe, "Safe rows")->type_name("FILE");
  if (has_defaults) unsafe->required(false)->capture_default_str(), safe->capture_default_str();
  cmd->add_option("--unparsed", s->unparsed,
                  "Rows whose verdict could not be read (default: " + flags.beside + ".unparsed.jsonl)")
      ->type_name("FILE");
  cmd->add_option("--failed", s->side, "Rows that could not be judged (default: " + flags.beside + ".failed.jsonl)")
      ->type_name("FILE");
  add_guard(cmd, s->guard, flags.model);
}

}  // namespace

void add_guard_filter(CLI::App& app, action& chosen) {
  auto s = std::make_shared<guard_filter_command>();
  command cmd{
      app, "guard-filter", "Judge each (prompt, response) and split the rows (filter_unsafe.py)",
      "Example: ease guard-filter answered.jsonl --unsafe vulnerable.jsonl --safe safe.jsonl --guard llama-guard "
      "--model Llama-Guard-3-8B\n"
      "Three outcomes, counted apart: unsafe, safe and unparsed. As published, --output_file takes the safe rows and "
      "--rejected_file the unsafe ones, and --model without --guard is a llama-guard."};
  filter_line(cmd,
              {.input = "input,-i,--input," + both("input-file"),
               .safe = "--safe," + both("output-file"),
               .unsafe = "--unsafe," + both("rejected-file"),
               .model = "-m,--model," + both("model-name"),
               .beside = "UNSAFE"},
              s);
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
  filter_line(cmd,
              {.input = both("input-file") + ",-i,--input",
               .safe = both("output-file") + ",--safe",
               .unsafe = both("rejected-file") + ",--unsafe",
               .model = both("model-name") + ",-m,--model",
               .beside = "REJECTED_FILE"},
              s);
  cmd.infer([&s = *s, &line = cmd.line()] {  // the default model is that of the default guard
    if (given(line, "--guard") && !given(line, "--model_name") && !s.guard.facts().asks_model) s.guard.model.clear();
  });
  row_command<answered_rows>(cmd, chosen, "filter_unsafe", s, {memory_is_taken_as_needed});
}

}  // namespace ease::app
