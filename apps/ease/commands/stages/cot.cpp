// SPDX-License-Identifier: Apache-2.0
// `ease cot`: a teacher writes the reasoning for each prompt.
#include <fmt/format.h>

#include <ease/method/cot.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "../../row_command.hpp"

namespace ease::app {

namespace {

struct cot_command : row_options {
  cot_command() : row_options{".rejects.jsonl"} {}
  teacher_choice teacher;
  guard_choice guard;
  bool keep{false};
  char const* off{"with --no-check"};  // how the line says that there is no check

  // Why no guard is asked; empty if one is.
  std::string unchecked() const {
    if (!teacher.check) return fmt::format("{} no guard is asked", off);
    // A harmless prompt's own answer is not a refusal, which is all the phrase judge knows.
    if (keep && guard.facts().reads_refusals_only)
      return fmt::format("with --keep-answer the guard '{}' checks nothing: it knows refusals alone", guard.kind);
    return "";
  }
  std::vector<std::string> asked() const {
    auto models_asked = unchecked().empty() ? models_of(guard) : std::vector<std::string>{};
    if (teacher.facts().asks_model) models_asked.push_back(teacher.model);
    return models_asked;
  }
  step_report work(row_work& at) const {
    return with_teacher(teacher, at.open, [&](auto by) {
      if (keep) return check<classified_answered_rows>(at, cot(std::move(by), keep_answer));
      return check<classified_rows>(at, cot(std::move(by)));
    });
  }
  // Without a check the guard's model is not opened.
  template <class Rows>
  step_report check(row_work& at, auto stage) const {
    auto const write = [&](auto whole) {
      return at.pipe<Rows>([&](auto rows) { return std::move(rows) | std::move(whole); }, max_unparsed_of(guard));
    };
    if (!unchecked().empty()) return write(std::move(stage));
    return with_guard(guard, at.open,
                      [&](auto judge) { return write(std::move(stage).checked_by(std::move(judge), teacher.cot)); });
  }
};

}  // namespace

namespace {

// What the command and the published script have in common, behind the input, the output and the teacher.
void cot_line(command& cmd, action& chosen, std::shared_ptr<cot_command> s) {
  cmd->add_option("--rejects", s->side, "Rows without accepted reasoning (default: OUT.rejects.jsonl)")->type_name("FILE");
  cmd->add_flag(both("keep-answer"), s->keep, "A harmless prompt keeps the `response` in its row as the answer");
  cmd.unused({"--reasoning-threshold"}, [&s = *s]() -> std::string {
    auto const why = s.guard.judges_no_reasoning();
    return why.empty() ? s.unchecked() : std::string{why};
  });
  cmd.unused({"--tries"}, [&s = *s]() -> std::string {
    auto const why = s.teacher.writes_the_same();
    return why.empty() ? s.unchecked() : std::string{why};
  });
  cmd.unused({"--guard", "--guard-model", "--threshold", "--max-unparsed"}, [&s = *s] { return s.unchecked(); });
  add_seed(cmd, s->teacher.generation.seed, "The teacher's random numbers, and which rows are drawn");
  cmd.unused({"--seed"}, [&s = *s]() -> std::string {
    if (s.in.random_rows > 0) return "";
    if (s.teacher.facts().asks_model) {
      auto const why = s.teacher.generation.sampling.why_no_draws();
      return why.empty() ? "" : fmt::format("{}, and all rows are read", why);
    }
    return fmt::format("the teacher '{}' writes the same for any seed, and all rows are read", s.teacher.kind);
  });
  add_guard(cmd, s->guard, both("guard-model"));
  add_row_options(cmd, *s, {memory_is_taken_as_needed});
  cmd.files([&s = *s] { return s.keep ? files_of_rows<classified_answered_rows>(s) : files_of_rows<classified_rows>(s); });
  cmd.runs(chosen, [s, &line = cmd.line()] { return work_on_rows(line, line.get_name(), *s); });
}

}  // namespace

void add_cot(CLI::App& app, action& chosen) {
  auto s = std::make_shared<cot_command>();
  command cmd{
      app, "cot", "Write the safety reasoning for each prompt (cot_generate.py)",
      "Examples: ease cot classified.jsonl --out reasoned.jsonl --model DeepSeek-R1-Distill-Qwen-14B\n"
      "          ease cot classified.jsonl --out reasoned.jsonl --teacher policy\n"
      "The teacher gets the policies of all the row's categories. The answer is judged by the guard and sampled again "
      "when it is unsafe. Adds `completion`, written as <think> ... </think> and the answer. --model without --teacher "
      "is a model's."};
  add_input(cmd, s->in, "input,-i,--input," + both("input-file"), "Rows with a prompt and categories", both("max-rows"));
  add_random_rows(cmd, s->in, both("max-samples"));
  may_be_stdout(add_out(cmd, s->o.out, "-o,--out,--output," + both("output-file"), "Where the reasoned rows go"));
  cmd.options(s->teacher,
              {{"kind", "--teacher"}, {"model", "-m,--model," + both("model-name")}, {"seed", ""}, {"max_unparsed", ""}});
  cmd.infer([&s = *s, &line = cmd.line()] {
    if (!s.teacher.model.empty() && !given(line, "--teacher")) s.teacher.kind = "model";
    s.in.random_seed = s.teacher.generation.seed;
  });
  cot_line(cmd, chosen, s);
}

void add_cot_generate(CLI::App& app, action& chosen) {
  auto s = std::make_shared<cot_command>();
  s->in.file = "adv_harmful.json";
  s->o.out = "qwen_safety_generated_data.json";
  s->teacher.kind = "model";
  s->teacher.model = "Qwen/Qwen2.5-32B-Instruct";
  s->teacher.check = false;
  s->off = "without --check";
  command cmd{
      app, "cot_generate", "As cot_generate.py: a teacher writes the safety reasoning for each prompt",
      "Example: ease cot_generate --model deepseek-ai/DeepSeek-R1-Distill-Qwen-14B --output_file vulnerable_cot.jsonl\n"
      "Reads adv_harmful.json, as published, if no input is named. The teacher gets the policies of all the row's "
      "categories, in its own chat template. Its answers are taken as they are, as published; --check, or --guard, "
      "has a guard judge them."};
  cmd->alias("cot_generate.py");
  add_input(cmd, s->in, "-i,--input," + both("input-file"), "Rows with a prompt and categories", both("max-rows"))
      ->required(false)
      ->capture_default_str();
  add_random_rows(cmd, s->in, both("max-samples"));
  may_be_stdout(add_out(cmd, s->o.out, both("output-file") + ",-o,--out,--output", "Where the reasoned rows go"))
      ->required(false)
      ->capture_default_str();
  cmd.options(s->teacher,
              {{"kind", "--teacher"}, {"model", "--model,-m," + both("model-name")}, {"seed", ""}, {"max_unparsed", ""}});
  cmd.infer([&s = *s, &line = cmd.line()] {
    std::error_code bad;
    if (!given(line, "--input_file") && !std::filesystem::exists(s.in.file, bad))
      throw usage_error{"{}: there is no such file, which is read if no other is named by --input_file", s.in.file};
    if (given(line, "--guard") || given(line, "--guard-model")) s.teacher.check = true;
    s.in.random_seed = s.teacher.generation.seed;
    if (!s.teacher.facts().asks_model && !given(line, "--model")) s.teacher.model.clear();
  });
  cot_line(cmd, chosen, s);
}

}  // namespace ease::app
