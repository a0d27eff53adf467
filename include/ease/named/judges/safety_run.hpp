// SPDX-License-Identifier: Apache-2.0
#pragma once
// The safety half of an evaluation, by models and judges that have names: each model answers each row, once or several times,
// each judge reads all answers, and the reports follow (measure/safety/safety_report.hpp).
//
//     safety_run run{options, diagnosing};
//     auto counts = run.ask(open, "model", rows, on_first, sides.sink());
//     run.judge(open);
//     auto const scores = run.scores(open, guard);
//     auto const details = run.details(scores);
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ease/core/outcome.hpp>
#include <ease/guard/missing_verdicts.hpp>
#include <ease/guard/unparsed_limit.hpp>
#include <ease/io/json/json_members.hpp>
#include <ease/io/json/raw_json.hpp>
#include <ease/io/json/terminal_text.hpp>
#include <ease/log/column_width.hpp>
#include <ease/measure/safety/safety_report.hpp>
#include <ease/measure/safety/steering.hpp>
#include <ease/method/diagnose.hpp>
#include <ease/method/evaluate.hpp>
#include <ease/named/judges/parse_judge.hpp>
#include <ease/named/model.hpp>
#include <ease/record/shard.hpp>
#include <ease/stage/run.hpp>
#include <iterator>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct safety_options {
  steering_options steering{};
  std::size_t samples{1};
  std::vector<std::string> judges{};

  static constexpr auto options() {
    using o = safety_options;
    return std::tuple{
        part(&o::steering),
        option("samples", &o::samples,
               "Answers to each prompt, with a seed each; a row counts as attacked if any of them is", at_least(1)),
        option("judge", &o::judges,
               "A judge of all answers and traces, any number of times: a guard's kind with its options, KIND or "
               "KIND?model=MODEL&threshold=0.5")};
  }
  // Whether there is more to report than the table of scores.
  bool used() const { return samples > 1 || !judges.empty() || !steering.given().empty() || !steering.kept().empty(); }
};

// The row's family of prompts: what its `family` says, or else its `source`; empty if that is no text.
inline std::string family_of(raw_members const& others) {
  for (std::string_view const key : {"family", "source"})
    if (auto const* raw = detail::find_member(others, key); raw != nullptr && raw->starts_with('"'))
      return detail::raw_parser{}.as<std::string>(*raw);
  return {};
}

class safety_run {
 public:
  safety_run(safety_options options, diagnose_options asking) : options_{std::move(options)}, asking_{std::move(asking)} {
    if (options_.samples > 1 && asking_.sampling.temperature <= 0)
      throw usage_error{"--samples {} with --temperature 0: all samples are the same; set --temperature above 0",
                        options_.samples};
    for (auto const& one : options_.judges) judges_.push_back(parse_judge(one));
  }

  // The models that judges ask.
  std::vector<std::string> models_asked() const {
    std::vector<std::string> out;
    for (auto const& j : judges_) std::ranges::copy(models_of(j), std::back_inserter(out));
    return out;
  }

  // All samples of one model. `first(row)` is called with each row that the first model answers in its first sample. Gives the
  // counts of all passes so far: of two models, or two samples, each row is read twice.
  template <class Open, class Rows, class First, class Sink>
  run_report const& ask(Open& open, std::string const& model, Rows const& rows, First&& first, Sink&& sink) {
    auto const start = std::chrono::steady_clock::now();
    bool const first_model = models_.empty();
    auto& of = models_.emplace_back();
    of.name = model;
    for (std::size_t sample = 0; sample < options_.samples; ++sample) {
      auto asking = asking_;
      asking.seed += sample;
      steered begun{open(model), options_.steering, is_remote(model)};
      auto done = run(
          from(rows) | diagnose(begun, asking),
          [&](auto const& row) {
            auto said = get<response>(row);
            of.answers.push_back({get<prompt_class>(row), family_of(get<other_keys>(row)), get<history>(row),
                                  get<prompt>(row), std::move(said), get<response_tokens>(row), get<row_position>(row),
                                  sample});
            if (first_model && sample == 0) first(row);
          },
          sink);
      counts_.read += done.read, counts_.written += done.written;
      of.begun += begun.begun();
      if (auto const text = begun.begun().text(); !text.empty() && !done.stages.empty())
        done.stages.back().note = fmt::format("{}: {}", model, text);
      std::ranges::move(done.stages, std::back_inserter(counts_.stages));
    }
    of.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return counts_;
  }

  // The table of the first model's first samples, by the guard too unless it reads refusals alone. Throws stage_failed if too
  // many of its verdicts cannot be read.
  template <class Open>
  evaluation scores(Open& open, guard_choice const& by) {
    std::vector<record<history, prompt, prompt_class, response, response_tokens>> answered;
    for (auto const& one : models_.front().answers)
      if (one.sample == 0)
        answered.push_back(make_record<history, prompt, prompt_class, response, response_tokens>(
            one.before, one.asked, one.prompt_class, one.said, one.tokens));
    if (by.facts().reads_refusals_only) return run(answered | evaluate()).result;
    auto out = with_guard(by, open, [&](auto judge) { return run(answered | evaluate(std::move(judge))).result; });
    auto const missing = missing_verdicts_of(out);
    check_unparsed("evaluate", missing.unread, answered.size(), max_unparsed_of(by), missing.first_failure);
    note_missing(missing, {});
    return out;
  }

  // Each judge reads the answers of all models. Throws stage_failed if too many of its verdicts cannot be read.
  template <class Open>
  void judge(Open& open) {
    for (std::size_t j = 0; j < judges_.size(); ++j)
      for (auto& of : models_)
        with_guard(judges_[j], open, [&](auto by) {
          auto column = judged_column(options_.judges[j], by, of.answers);
          check_judge(column, max_unparsed_of(judges_[j]));
          note_missing({column.asked, column.unparsed, column.first_failure}, column.name);
          of.columns.push_back(std::move(column));
        });
  }

  // What a person is told of verdicts that are missing all the same, of the guard and of each judge; empty: nothing.
  std::string const& missing() const { return missing_; }
  std::string const& failed_verdict() const { return failed_verdict_; }  // why the first of those failed, if one did

  safety_details details(score_table scores, bool families) const {
    safety_details out{.scores = std::move(scores)};
    std::vector<model_safety> all;
    bool any_family = false;
    for (auto const& of : models_) {
      all.push_back(safety_of(of.name, of.answers, of.columns, of.seconds));
      if (!families) all.back().families.clear();
      if (of.begun != begun_answers{}) all.back().begun = of.begun;
      any_family = any_family || !all.back().families.empty();
    }
    std::vector<model_difference> apart;
    for (std::size_t m = 1; m < models_.size(); ++m)
      std::ranges::move(safety_differences(models_[0].name, models_[0].answers, models_[0].columns, models_[m].name,
                                           models_[m].answers, models_[m].columns),
                        std::back_inserter(apart));
    if (options_.used() || any_family || models_.size() > 1) out.models = std::move(all);
    if (models_.size() > 1) out.differences = std::move(apart);
    return out;
  }
  // Behind the table of scores, for people.
  static std::string tables(safety_details const& of) {
    std::string out;
    if (!of.models) return out;
    for (auto const& one : *of.models) {
      if (of.models->size() > 1) out += "\n" + terminal_text(one.model, true) + "\n" + scores_text(one);
      out += safety_table(one);
    }
    if (of.differences && !of.differences->empty()) out += "\n" + differences_table(*of.differences);
    return out;
  }

 private:
  struct of_model {
    std::string name{};
    std::vector<measured_answer> answers{};
    std::vector<judge_column> columns{};
    double seconds{0};
    begun_answers begun{};
  };

  static std::string scores_text(model_safety const& one) {
    std::string out;
    auto const wide = column_width(20, one.scores.classes, [](auto const& c) { return terminal_text(c.first, true); });
    for (auto const& [name, r] : one.scores.classes)
      out += fmt::format("{:<{}}{:>6} rows, thinks {:.0f} %, refuses {:.0f} %, {} {:.0f} %, {:.1f} tokens/answer\n",
                         terminal_text(name, true), wide, r.rows, 100 * r.think_rate, 100 * r.refusal_rate,
                         r.compliance ? "complies" : "attack success",
                         100 * r.compliance.value_or(r.attack_success.value_or(0)), r.tokens_per_answer);
    return out;
  }
  static void check_judge(judge_column const& of, double most) {
    if (static_cast<double>(of.unparsed) <= most * static_cast<double>(of.asked)) return;
    throw stage_failed{
        "evaluate: judge \"{}\": {} of {} verdicts are missing, more than the allowed fraction of {}{}{}; max_unparsed=1 "
        "among the judge's options allows it",
        of.name,
        of.unparsed,
        of.asked,
        most,
        of.first_failure.empty() ? "" : "; the first failure: ",
        of.first_failure};
  }

  void note_missing(missing_verdicts const& of, std::string const& judge) {
    if (failed_verdict_.empty()) failed_verdict_ = of.first_failure;
    auto const text = of.text();
    if (text.empty()) return;
    missing_ += missing_.empty() ? "" : "; ";
    missing_ += judge.empty() ? text : fmt::format("judge \"{}\": {}", judge, text);
  }

  safety_options options_;
  diagnose_options asking_;
  std::vector<guard_choice> judges_{};
  std::vector<of_model> models_{};
  run_report counts_{};
  std::string missing_{}, failed_verdict_{};
};

}  // namespace ease::inline v1
