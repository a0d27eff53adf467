// SPDX-License-Identifier: Apache-2.0
// `ease evaluate`: think rate, refusals, attack success and tokens, by class of prompt.
#include <fmt/format.h>

#include <algorithm>
#include <ease/method/diagnose.hpp>
#include <ease/method/rows/prompt_class.hpp>
#include <ease/method/tables/score_table.hpp>
#include <ease/method/tables/tables.hpp>
#include <ease/named/judges/refuse_repeated.hpp>
#include <ease/named/judges/safety_run.hpp>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../../row_command.hpp"

namespace ease::app {

namespace {

// A prompt's class for the table, from the row's "class" or else its "data_type".
std::string class_of(auto const& row) {
  if (get<maybe_class>(row)) return *get<maybe_class>(row);
  if (auto const kind = get<maybe_type>(row)) return std::string{ease::class_of(*kind)};
  return "all";
}

struct evaluate_command : row_options {
  evaluate_command() : row_options{".failed.jsonl"} {}
  std::vector<std::string> files, slms;
  diagnose_options options{.sampling = {.temperature = 0, .max_tokens = 512}};
  guard_choice guard;
  safety_options safety;
  std::vector<std::string> asked() const {
    auto all = models_of(guard);
    std::ranges::copy(safety_run{safety, options}.models_asked(), std::back_inserter(all));
    std::ranges::copy(slms, std::back_inserter(all));
    return all;
  }
  std::vector<input_options> inputs() const {
    std::vector<input_options> all;
    for (auto const& f : files) {
      all.push_back(in);
      all.back().file = f;
      all.back() = with_bad_rows_beside(all.back().spelled_out(), o.out);
    }
    return all;
  }
  step_report work(row_work& at) const;
};

step_report evaluate_command::work(row_work& at) const {
  auto const start = clock::now();
  step_report report{at.step};
  auto const &answers = at.outputs[0], &failed = at.outputs[1];
  // All files in one pass, so that the model is never short of rows.
  std::vector<record<history, prompt, prompt_class, other_keys, row_position>> rows;
  std::vector<input_options*> inputs;
  for (auto& one : at.inputs) inputs.push_back(&one);
  share_bad_rows(inputs);
  std::vector<std::unique_ptr<evaluation_rows>> sources;  // their bad rows appear when the answers do
  for (auto one : at.inputs) {
    one.rows_before = report.input_rows;
    auto& source = *sources.emplace_back(std::make_unique<evaluation_rows>(one));
    for (auto&& row : source.placed())
      rows.push_back(make_record<history, prompt, prompt_class, other_keys, row_position>(
          get<history>(row), get<prompt>(row), class_of(row), get<other_keys>(row), get<row_position>(row)));
    if (report.first_bad_row.empty() && !source.bad_rows()) report.first_bad_row = source.first_bad_row();
    report.input_rows = source.rows_seen();
    report.read += source.counts();
    report.input += (report.input.empty() ? "" : "; ") + source.description();
    report.inputs.push_back(source.source());
  }
  at.open.expect([&rows] { return rows.size(); });
  std::optional<placed_writer> writer;
  if (!answers.empty()) writer.emplace(answers);
  std::vector<std::pair<std::string, std::size_t>> firsts;  // as evaluate() orders its classes
  auto& sides = at.sides;
  if (!failed.empty()) sides.file_for("", failed);
  safety_run measured{safety, options};
  for (auto const& model : slms)
    report.rows = measured.ask(
        at.open, model, rows,
        [&](auto const& row) {  // of the first model, once
          if (writer) (*writer)(row);
          if (std::ranges::none_of(firsts, [&](auto const& f) { return f.first == get<prompt_class>(row); }))
            firsts.emplace_back(get<prompt_class>(row), get<row_position>(row));
        },
        sides.sink());
  measured.judge(at.open);
  report.scores = measured.scores(at.open, guard);
  report.missing_verdicts = measured.missing(), report.failed_verdict = measured.failed_verdict();
  if (writer) {
    writer->close();
    report.rows.add_note(writer->note());
    report.files.push_back(writer->file());
  }
  sides.close();
  report.rows.add_note(sides.note());
  sides.add_to(report.files);
  report.failed_file = sides.file_of("failed");
  for (auto& source : sources) {
    source->close();
    auto bad = source->bad_rows();
    if (bad && std::ranges::none_of(report.files, [&](auto const& f) { return f.path == bad->path; }))
      report.files.push_back(std::move(*bad));
  }
  for (auto const& [name, first] : firsts) report.first_rows.push_back(first);
  auto const details = measured.details(score_table::of(report.scores), o.shard.empty());
  report.details = {to_json_text(details)};
  report.remote = at.open.used();
  report.seconds = since(start);
  at.open.expect({});
  if (!o.json)
    fmt::print(reports_to(o), "{}{}", scores_table(report.scores, name_of_guard(guard)), safety_run::tables(details));
  return report;
}

}  // namespace

void add_evaluate(CLI::App& app, action& chosen) {
  auto s = std::make_shared<evaluate_command>();
  command cmd{
      app, "evaluate", "Think rate, refusals, attack success and tokens, by class of prompt",
      "Example: ease evaluate held_out.jsonl --model model\n"
      "The class is the row's `class`, or what its `data_type` says. Attack success counts answers that are no refusal; "
      "with another --guard than refusal also those the guard calls unsafe."};
  cmd->add_option("input,-i,--input", s->files, "Files of rows with a prompt and a class")->required()->type_name("FILE");
  cmd->add_option("-m,--model," + both("model-name"), s->slms,
                  "ORG/NAME, PATH or openai:MODEL@URL; again: compared with the first")
      ->required()
      ->allow_extra_args(false)
      ->type_name("MODEL");
  may_be_stdout(cmd->add_option("--answers", s->o.out, "Keep the answers, row by row"))->type_name("FILE");
  cmd->add_option("--failed", s->side, "Rows that could not be answered (default: ANSWERS.failed.jsonl)")->type_name("FILE");
  add_reading(cmd, s->in);
  add_bad_rows(cmd, s->in);
  cmd.options(s->options);
  add_guard(cmd, s->guard, both("guard-model"));
  cmd.options(s->safety);
  cmd->get_option("--judge")->allow_extra_args(false)->type_name("KIND?model=MODEL");
  cmd.infer([&s = *s] {
    refuse_repeated_rows(s.files);
    refuse_repeated_models(s.slms);
    refuse_repeated_judges(s.safety.judges);
  });
  cmd.unused({"--answers"}, [&s = *s]() -> std::string {
    return s.slms.size() > 1 || s.safety.samples > 1
               ? "a file of answers holds those of one model and one sample; call the command once for each"
               : "";
  });
  cmd.unused({"--shard"}, [&s = *s]() -> std::string {
    return s.slms.size() > 1 || s.safety.used()
               ? "what --judge, --samples, --prefill, --think and a second --model report is of all rows"
               : "";
  });
  cmd.unused({"--overwrite"}, [&s = *s]() -> std::string {
    return s.o.out.empty() && s.side.empty() && s.in.bad_rows.empty()
               ? "no file is written without --answers, --failed or --bad-rows"
               : "";
  });
  row_command<evaluation_rows>(cmd, chosen, "evaluate", s);
}

}  // namespace ease::app
