// SPDX-License-Identifier: Apache-2.0
#include "run.hpp"

#include <ease/io/files/atomic_file.hpp>
#include <ease/io/json/terminal_text.hpp>
#include <ease/io/rows/row_files.hpp>
#include <ease/method/calibrate.hpp>
#include <ease/method/implant.hpp>
#include <ease/method/measure.hpp>
#include <ease/method/rows/prompt_filters.hpp>
#include <ease/method/threshold/calibrate_threshold.hpp>
#include <ease/run/mixed_source.hpp>
#include <ease/run/run_job.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "boundary.hpp"
#include "chosen.hpp"
#include "logs.hpp"
#include "preflight.hpp"
#include "run_rows.hpp"
#include "scores.hpp"
#include "stopping.hpp"
#include "table.hpp"
#include "train.hpp"

namespace ease::app {

namespace {

namespace fs = std::filesystem;

reasoning_options reasoning_of(run_config const& c, sample_options const& draw) {
  return {.sample = draw,
          .max_prompt_bytes = c.data.max_prompt_bytes.value_or(SIZE_MAX),
          .cot = c.teacher.cot,
          .check = c.teacher.check,
          .own_answers = c.own_answers};
}
implant_options implant_as(run_config const& c) { return {.reasoning = reasoning_of(c, c.reasoning), .mix = c.mix.how}; }
calibrate_options calibrate_as(run_config const& c) {
  return {.reasoning = reasoning_of(c, c.sample),
          .diagnose = c.diagnose,
          .guard = {.keep = c.mix.keep_safe ? kept::judged : kept::unsafe, .max_unparsed = max_unparsed_of(c.guard)},
          .refusal = c.refusal,
          .general = c.general.answers,
          .general_rows = {.rows_per_file = c.general.rows_per_file, .seed = c.general.answers.seed},
          .general_max_prompt_bytes = c.general.max_prompt_bytes,
          .mix = c.mix.how,
          .vulnerable = c.mix.vulnerable,
          .wrapped_benign = c.mix.wrapped_benign,
          .harmful = c.mix.harmful,
          .general_count = c.mix.general};
}

void say(std::string const& line) { std::fputs((terminal_text(line, true) + "\n").c_str(), stderr); }

class method_run {
 public:
  method_run(run_config config, run_settings const& settings)
      : config_{std::move(config)},
        settings_{settings},
        models_{config_.models, room_},
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
    run_outcome out{.settings = config_};
    auto& slm = models_(config_.model);
    out.before = table("before", config_.model);

    chosen_guard guard{config_.guard, models_};
    chosen_classifier classifier{config_.labeller, models_};
    chosen_teacher teacher{config_.teacher, models_};
    row_files<prompt> held_out{config_.data.held_out};
    {
      adversarial_rows prompts{config_.data.reasoning};
      auto trainer = trainer_of("distill", config_.model, "reasoning_model", config_.distill);
      run(implant(models{slm, guard, classifier, teacher, trainer}, prompts, held_out, implant_as(config_)),
          folder_.at("implant"));
    }
    {
      adversarial_rows prompts{config_.data.diagnosis};
      refusal_rows refusals{config_.data.harmful};
      general_rows general{config_.data.general};
      auto trainer =
          trainer_of("finetune", at("reasoning_model"), config_.refits() ? "tuned_model" : "model", config_.finetune);
      run(calibrate(models{slm, guard, classifier, teacher, trainer}, prompts, refusals, general, held_out,
                    calibrate_as(config_)),
          folder_.at("calibrate"));
      if (config_.refits()) boundary();
    }
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

  // A model or a mix that a stage still has to make is not the one that stands there: what reads it is not done.
  void planned(planned_stage const& one) {
    if (!one.done)
      for (auto const& [step, model] :
           {std::pair{"/distill", "reasoning_model"}, std::pair{"/finetune", "tuned_model"}, std::pair{"/finetune", "model"},
            std::pair{"boundary/boundary", "model"}, std::pair{"implant/mix", "implant/mix.jsonl"},
            std::pair{"calibrate/mix", "calibrate/mix.jsonl"}})
        if (one.step.ends_with(step)) to_come_.insert(at(model));
    settings_.plan(one);
  }
  std::string known(std::string const& model) const { return to_come_.contains(model) ? model + "/to come" : model; }

  file_trainer trainer_of(char const* title, std::string const& from_model, char const* to, train_options const& options) {
    return {known(from_model), at(to), options, training_watch(title, settings_.quiet), [this] { room_.clear(); }};
  }

  // The held-out prompts answered and counted.
  evaluation table(char const* name, std::string model) {
    auto const& how = config_.evaluate;
    if (settings_.plan && !fs::exists(known(model))) model = config_.model;
    held_out_rows rows{config_.data.held_out, {.first_rows = how.rows_per_file.value_or(SIZE_MAX)}};
    if (!how.guard) return run(measure(models_(model), rows, how.answers), folder_.at(name)).result;
    chosen_guard guard{*how.guard, models_};
    auto scores =
        run(measure(models_(model), rows, how.answers, guard, max_unparsed_of(*how.guard)), folder_.at(name)).result;
    for (auto const& s : scores)
      if (!s.first_failure.empty()) {
        say(fmt::format("ease: {}: not all verdicts could be had; the first failed: {}", name, s.first_failure));
        break;
      }
    return scores;
  }

  // The boundary of the fine-tuned model, set by prompts that no phase has seen and that are not evaluated on.
  void boundary() {
    std::vector<std::string> paths;
    boundary_files files{.system_prompt = config_.system_prompt};
    auto const& [rows_per_file, think, direct, seed] = *config_.boundary;
    auto const add = [&](std::vector<std::string> const& some, bool thinks) {
      for (auto const& p : some) {
        paths.push_back(p);
        files.names.push_back(fs::path{p}.filename().string());
        files.thinks.push_back(thinks ? 1 : 0);
      }
    };
    add(think.empty() ? config_.data.diagnosis : think, true);
    auto const thinking_files = paths.size();
    if (direct.empty()) {
      add(config_.data.harmful, false);
      add(config_.data.general, false);
    } else {
      add(direct, false);
    }
    read_options may_be_empty;
    may_be_empty.allow_empty = true;
    std::vector<std::string> trained_on;
    for (auto const* mix : {"calibrate/mix.jsonl", "implant/mix.jsonl"})
      if (!settings_.plan || fs::exists(known(at(mix)))) trained_on.push_back(at(mix));
    leave_out used{row_files<prompt>{trained_on, {.reading = may_be_empty}}, row_files<prompt>{config_.data.held_out}};
    file_boundary_fitter fitter{known(at("tuned_model")),
                                at("model"),
                                {.device = config_.models.device, .threads = config_.models.threads, .overwrite = true},
                                [this] { room_.clear(); }};
    boundary_rows prompts{paths};
    auto const done =
        run(from(prompts) | of_kind{think.empty() ? thinking_files : 0, prompt_kind::adversarial_harmful} | std::move(used) |
                draw({.rows_per_file = {rows_per_file}, .seed = seed}) | calibrate_threshold(fitter, std::move(files)),
            folder_.at("boundary"));
    if (!settings_.quiet && !settings_.plan) fmt::print(stderr, "{}", boundary_table(done.result));
  }

  // Of the first files only rows of one data_type: those files hold harmless prompts too.
  class of_kind : public stage<needs<prompt, given_data_type, file_number>> {
   public:
    of_kind(std::size_t files, prompt_kind kind) : files_{files}, kind_{kind} {}
    decision<output> operator()(input const& row) const {
      if (get<file_number>(row) < files_ && get<given_data_type>(row) != kind_) return rejected{"other_kind"};
      return output{};
    }
    void each_part(auto&& visit) { visit(files_), visit(kind_); }

   private:
    std::size_t files_;
    prompt_kind kind_;
  };

  run_config config_;
  run_settings settings_;
  std::set<std::string> to_come_{};  // of a plan: files that are still to be made
  model_room room_{};
  named_models models_;
  run_folder folder_;
};

}  // namespace

std::string run_outcome::json() const {
  std::string text;
  json_writer w{text, bad_utf8::replace};
  w.object().key("model").value(settings.model).key("seed").value(settings.seed).key("minutes").value(minutes);
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
