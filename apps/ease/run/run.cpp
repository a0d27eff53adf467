// SPDX-License-Identifier: Apache-2.0
#include "run.hpp"

#include <ease/core/stop_signals.hpp>
#include <ease/io/files/atomic_file.hpp>
#include <ease/io/json/terminal_text.hpp>
#include <ease/io/rows/row_files.hpp>
#include <ease/method/calibrate.hpp>
#include <ease/method/implant.hpp>
#include <ease/method/measure.hpp>
#include <ease/method/tables/score_table.hpp>
#include <ease/method/tables/tables.hpp>
#include <ease/named/chosen.hpp>
#include <ease/named/report_of_models.hpp>
#include <ease/run/mixed_source.hpp>
#include <ease/run/run_bound_pipeline.hpp>
#include <ease/train/file_trainer.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "../logs.hpp"
#include "preflight.hpp"
#include "run_cards.hpp"
#include "run_context.hpp"
#include "run_data.hpp"
#include "run_rows.hpp"

namespace ease::app {

namespace {

namespace fs = std::filesystem;

reasoning_options reasoning_of(run_config const& c, sample_options const& draw) {
  return {.sample = draw,
          .max_prompt_bytes = c.data.max_prompt_bytes.value_or(SIZE_MAX),
          .cot = c.teacher.cot,
          .check = c.teacher.check,
          .self_responses = c.self_responses};
}
implant_options implant_as(run_config const& c) { return {.reasoning = reasoning_of(c, c.reasoning), .mix = c.mix.mixing}; }
calibrate_options calibrate_as(run_config const& c) {
  return {.reasoning = reasoning_of(c, c.sample),
          .diagnose = c.diagnose,
          .guard = {.keep = c.mix.keep_safe ? kept::judged : kept::unsafe, .max_unparsed = max_unparsed_of(c.guard)},
          .refusal = c.refusal,
          .general = c.general.answers,
          .general_rows = {.rows_per_file = c.general.rows_per_file, .seed = c.general.answers.seed},
          .general_max_prompt_bytes = c.general.max_prompt_bytes,
          .mix = c.mix.mixing,
          .vulnerable = c.mix.vulnerable,
          .adversarial_benign = c.mix.adversarial_benign,
          .harmful = c.mix.harmful,
          .general_count = c.mix.general};
}

void say(std::string const& line) { std::fputs((terminal_text(line, true) + "\n").c_str(), stderr); }

class method_run {
 public:
  method_run(run_config config, run_settings const& settings)
      : config_{std::move(config)},
        settings_{settings},
        models_{config_.models, room_, notices()},
        folder_{settings.out,
                {.fresh = settings.fresh,
                 .stream = settings.stream,
                 .progress = !settings.quiet,
                 .log = &logs(),
                 .models = &room_,
                 .plan = settings.plan ? [this](planned_stage const& one) { planned(one); } : decltype(settings.plan){},
                 .on_stage = [quiet = settings.quiet](stage_report const& r, bool already) {
                   if (!r.trouble().empty()) say("ease: " + r.trouble());
                   if (!quiet) say(already ? r.step + ": already done" : r.summary());
                   if (!quiet && !already && !r.notes().empty()) say(r.step + ": " + r.notes());
                 }}} {}

  run_outcome everything() {
    run_outcome out{.settings = config_, .models = report_of_models(models_of(config_))};
    if (!settings_.fresh)
      tell_of_moved_names(settings_.out / ".run", hub_names_of(config_, out.models), bool{settings_.plan}, tell);
    auto& slm = models_(config_.model);
    out.before = table("before", config_.model);

    chosen_guard guard{config_.guard, models_};
    chosen_classifier classifier{config_.classifier, models_};
    chosen_teacher teacher{config_.teacher, models_};
    row_files<prompt> held_out{config_.data.held_out};
    {
      train_result implanted;
      auto trainer = trainer_of(training_phase::implant, config_.model, "reasoning_model", config_.distill);
      if (config_.data.reasoned.empty()) {
        adversarial_rows prompts{config_.data.reasoning, read("reasoning")};
        implanted = run(implant(models{slm, guard, classifier, teacher, trainer}, prompts, held_out, implant_as(config_)),
                        folder_.at("implant"))
                        .result;
      } else {
        reasoned_rows rows{config_.data.reasoned, read("reasoned")};
        implanted = run(implant_reasoned(trainer, rows, held_out, config_.mix.mixing), folder_.at("implant")).result;
      }
      cards_.keep(at("reasoning_model"), cards_.training(training_phase::implant, config_.distill, implanted));
    }
    {
      adversarial_rows prompts{config_.data.diagnosis, read("diagnosis")};
      refusal_rows refusals{config_.data.harmful, read("harmful")};
      general_rows general{config_.data.general, read("general")};
      auto const tuned = config_.tuned_model();
      auto trainer = trainer_of(training_phase::calibrate, at("reasoning_model"), tuned.c_str(), config_.finetune);
      auto const done = run(calibrate(models{slm, guard, classifier, teacher, trainer}, prompts, refusals, general, held_out,
                                      calibrate_as(config_)),
                            folder_.at("calibrate"));
      cards_.keep(at(tuned.c_str()), cards_.training(training_phase::calibrate, config_.finetune, done.result));
    }
    later();
    out.after = table("after", at("model"));
    if (settings_.plan) return out;

    out.stages = folder_.stages();
    for (auto const& s : out.stages) out.minutes += s.seconds / 60;
    // A run that found everything done leaves its report as it was.
    if (folder_.worked() > 0 || !fs::exists(settings_.out / "report.json"))
      write_atomically(settings_.out / "report.json", out.json() + "\n");
    return out;
  }

 private:
  std::string at(char const* name) const { return (settings_.out / name).string(); }
  // Bad rows that are left out get files in the run folder, one for each file of the key; a plan writes none.
  row_files_options read(std::string const& key, std::size_t first_rows = SIZE_MAX) const {
    return {.first_rows = first_rows, .bad_rows = settings_.plan ? "" : (settings_.out / "bad_rows" / key).string()};
  }

  // A model or a mix that a stage still has to make is not the one that stands there: what reads it is not done.
  void planned(planned_stage const& one) {
    if (!one.done)
      for (auto const& [step, model] :
           {std::pair{"/distill", "reasoning_model"}, std::pair{"/finetune", "tuned_model"}, std::pair{"/finetune", "model"},
            std::pair{"implant/mix", "implant/mix.jsonl"}, std::pair{"calibrate/mix", "calibrate/mix.jsonl"}})
        if (one.step.ends_with(step)) to_come_.insert(at(model));
    if (!one.done)
      for (auto const step : config_.later.at_work())
        if (one.step.starts_with(std::string{step} + "/")) to_come_.insert(at(config_.later.model_of(step).c_str()));
    settings_.plan(one);
  }
  std::string known(std::string const& model) const { return to_come_.contains(model) ? model + "/to come" : model; }

  file_trainer trainer_of(training_phase phase, std::string const& from_model, char const* to,
                          train_options const& options) {
    auto const* const title = phase == training_phase::implant ? "distill" : "finetune";
    file_trainer trainer{known(from_model),         at(to),   options, training_watch(title, settings_.quiet),
                         [this] { room_.clear(); }, tell_once};
    trainer.expect_reasoning([title](std::string const& line) { tell_once(fmt::format("{}: {}", title, line)); });
    trainer.describe(
        [this, phase, &options](train_result const& r) { return cards_.text(cards_.training(phase, options, r)); });
    return trainer;
  }

  // What the settings ask for behind the fine-tuning: each makes a model of the one before it.
  void later() {
    run_context const here{config_, settings_, folder_,
                           room_,   cards_,    [this](std::string const& name) { return known(name); }};
    auto model = config_.tuned_model();
    config_.later.each([&](auto const& step) {
      if (!step.works()) return;
      auto const out = config_.later.model_of(step.name);
      step.run(here, at(model.c_str()), at(out.c_str()));
      model = out;
    });
  }

  // The held-out prompts answered and counted.
  evaluation table(char const* name, std::string model) {
    auto const& options = config_.evaluate;
    if (settings_.plan && !fs::exists(known(model))) model = config_.model;
    held_out_rows rows{config_.data.held_out, read("held_out", options.rows_per_file.value_or(SIZE_MAX))};
    if (!options.guard) return run(measure(models_(model), rows, options.answers), folder_.at(name)).result;
    chosen_guard guard{*options.guard, models_};
    auto scores =
        run(measure(models_(model), rows, options.answers, guard, max_unparsed_of(*options.guard)), folder_.at(name)).result;
    if (auto const missing = missing_verdicts_of(scores).text(); !missing.empty())
      say(fmt::format("ease: {}: {}", name, missing));
    return scores;
  }

  run_config config_;
  run_settings settings_;
  std::set<std::string> to_come_{};  // of a plan: files that are still to be made
  model_room room_{};
  named_models models_;
  run_folder folder_;
  run_cards cards_{cards_of(config_, folder_)};
};

}  // namespace

std::string run_outcome::json() const {
  std::string text;
  json_writer w{text, bad_utf8::replace};
  w.object().key("model").value(settings.model).key("models");
  json_codec<std::vector<reported_model>>::write(w, models);
  w.key("data");
  json_codec<std::vector<run_data>>::write(w, data_of(settings, stages));
  w.key("seed").value(settings.seed).key("minutes").value(minutes);
  w.key("settings");
  json_codec<run_config>::write(w, settings);
  w.key("before");
  json_codec<score_table>::write(w, score_table::of(before));
  w.key("after");
  json_codec<score_table>::write(w, score_table::of(after));
  w.key("stages").array();
  for (auto const& s : stages) write_report(w, s);
  w.end().end();
  return text;
}

run_outcome run_method(run_config config, run_settings const& settings) {
  preflight(config, settings.out, settings.fresh, bool{settings.plan});
  return method_run{std::move(config), settings}.everything();
}

}  // namespace ease::app
