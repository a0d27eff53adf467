// SPDX-License-Identifier: Apache-2.0
// `ease cot`: a teacher writes the reasoning for each prompt.
#include <ease/method/cot.hpp>
#include <memory>
#include <string>
#include <type_traits>
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

// A harmless prompt's own answer is not a refusal, which is all the phrase judge knows: it checks refusals only.
bool checks(teacher_choice const& teacher, guard_choice const& guard, bool keep_answers) {
  return teacher.check && !(keep_answers && guard.kind == "refusal");
}

step_report cot_step(input_options const& in, std::string const& out, std::string const& rejects,
                     teacher_choice const& teacher, guard_choice const& guard, bool keep, model_shelf& shelf) {
  side_files beside;
  if (!rejects.empty()) beside.file_for("", rejects);
  watching_shelf open{shelf, "cot"};
  auto const write = [&]<class Rows>(std::type_identity<Rows>, auto stage) {
    return pipe<Rows>(
        "cot", in, out, beside, open, [&](auto rows) { return std::move(rows) | std::move(stage); }, max_unparsed_of(guard));
  };
  // Without a check the guard's model is not opened.
  auto const check = [&](auto rows, auto stage) {
    if (!checks(teacher, guard, keep)) return write(rows, std::move(stage));
    return with_guard(guard, open,
                      [&](auto judge) { return write(rows, std::move(stage).checked_by(std::move(judge), teacher.cot)); });
  };
  return with_teacher(teacher, open, [&](auto by) {
    if (keep) return check(std::type_identity<labelled_answered_rows>{}, cot(std::move(by), keep_answer));
    return check(std::type_identity<labelled_rows>{}, cot(std::move(by)));
  });
}

}  // namespace

void add_cot(CLI::App& app, action& chosen) {
  struct all {
    input_options in;
    output_options o;
    std::string rejects;
    teacher_choice teacher;
    guard_choice guard;
    bool keep{false};
    model_options models;
    std::string rejects_file() const { return beside(rejects, o.out, ".rejects.jsonl"); }
    // Why no guard is asked; empty if one is.
    std::string unchecked() const {
      if (!teacher.check) return "with --no-check no guard is asked";
      if (keep && guard.kind == "refusal")
        return "with --keep-answer the guard 'refusal' checks nothing: it knows refusals alone";
      return "";
    }
    std::vector<std::string> asked() const {
      auto models_asked = unchecked().empty() ? models_of(guard) : std::vector<std::string>{};
      if (teacher.kind != "policy") models_asked.push_back(teacher.model);
      return models_asked;
    }
  };
  auto s = std::make_shared<all>();
  command cmd{
      app, "cot", "Write the safety reasoning for each prompt (cot_generate.py)",
      "Examples: ease cot labelled.jsonl --out traced.jsonl --model DeepSeek-R1-Distill-Qwen-14B\n"
      "          ease cot labelled.jsonl --out traced.jsonl --teacher policy\n"
      "The teacher gets the policies of all the row's categories. The answer is judged by the guard and asked for again "
      "when it is unsafe. Adds `completion`, written as <think> ... </think> and the answer. --model without --teacher "
      "is a model's."};
  add_input(cmd, s->in, "input,-i,--input," + both("input-file"), "Rows with a prompt and categories");
  add_out(cmd, s->o.out, "-o,--out,--output," + both("output-file"), "Where the reasoned rows go");
  cmd->add_option("--rejects", s->rejects, "Rows without an accepted trace (default: OUT.rejects.jsonl)")->type_name("FILE");
  cmd.options(s->teacher, {{"kind", "--teacher"}, {"model", "-m,--model," + both("model-name")}, {"max_unparsed", ""}});
  cmd->add_flag(both("keep-answer"), s->keep, "A harmless prompt keeps the `response` in its row as the answer");
  cmd.settle([&s = *s, &line = cmd.line()] {
    if (!s.teacher.model.empty() && !given(line, "--teacher")) s.teacher.kind = "model";
  });
  cmd.unused({"--trace-threshold"}, [&s = *s]() -> std::string {
    return s.guard.kind == "refusal" ? "the guard 'refusal' judges no traces" : s.unchecked();
  });
  cmd.unused({"--tries"}, [&s = *s]() -> std::string {
    return s.teacher.kind == "policy" ? "the teacher 'policy' writes the same trace each time" : s.unchecked();
  });
  cmd.unused({"--guard", "--guard-model", "--threshold", "--max-unparsed"}, [&s = *s] { return s.unchecked(); });
  add_guard(cmd, s->guard, both("guard-model"));
  add_model(cmd, s->models, [&s = *s] { return s.asked(); });
  add_fresh(cmd, s->o, s->o.out);
  add_overwrite(cmd, s->o.overwrite);
  add_shard(cmd, s->o);
  add_without_effect(cmd, {"tensor-parallel-size", "gpu-memory-utilization"});
  add_reporting(cmd, s->o);
  cmd.files([&s = *s, &line = cmd.line()] {
    auto const files = [&]<class Rows>(std::type_identity<Rows>) {
      return row_files<Rows>(line, {s.in}, s.o, {s.o.out, s.rejects_file()}, s.asked(), s.models);
    };
    return s.keep ? files(std::type_identity<labelled_answered_rows>{}) : files(std::type_identity<labelled_rows>{});
  });
  cmd.runs(chosen, [s, &line = cmd.line()] {
    return on_rows(line, s->in, s->o, s->rejects_file(), s->models, [&](auto& in, auto& out, auto const& side, auto& shelf) {
      return cot_step(in, out, side, s->teacher, s->guard, s->keep, shelf);
    });
  });
}

}  // namespace ease::app
