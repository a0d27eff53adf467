// SPDX-License-Identifier: Apache-2.0
// `ease distill` and `ease finetune`: the same training, of the two phases.
#include <fmt/format.h>

#include <ease/method/finetune.hpp>
#include <ease/method/tables/tables.hpp>
#include <ease/named/card/training_card.hpp>
#include <ease/stage/run.hpp>
#include <ease/train/distributed/launch.hpp>
#include <ease/train/file_trainer.hpp>
#include <ease/train/tool_rows.hpp>
#include <memory>
#include <string>
#include <utility>

#include "../../row_command.hpp"

namespace ease::app {

namespace {

step_report train_step(std::string const& title, training_phase said, input_options const& in, std::string const& model,
                       std::string const& out, train_options const& options, bool quiet) {
  auto const start = clock::now();
  step_report report{title};
  auto kept = in;
  kept.keep_bad_rows = in.keep_bad_rows && first_rank();  // every rank reads all rows
  kept.why_no_tools = tools_of(model, options.chat);
  training_rows source{kept};
  file_trainer trainer{model, out, options, training_watch(title, quiet), {}, tell};
  if (said != training_phase::not_said) trainer.expect_reasoning(quiet ? decltype(notices().say){} : tell);
  trainer.describe([&, base = base_of_card(model)](train_result const& result) {
    auto const phase = said == training_phase::not_said && !base.through.empty() ? training_phase::calibrate : said;
    return training_card(base, {phase_of_card(phase, {source.source()}, options, result)}, version_text,
                         options.leaves_adapter())
        .text();
  });
  auto const done = run(from(source.rows()) | finetune(trainer));
  source.close();
  report.rows = done.report;
  report.read = source.counts();
  report.input = source.description();
  report.inputs = {source.source()};
  report.details = {to_json_text(done.result)};
  report.models = {report_of_model(model)};
  report.seconds = since(start);
  if (!done.result.log_problem.empty()) tell(done.result.log_problem);
  return report;
}

// The plan, as JSON or as a table. A plan writes nothing but a file of bad rows that is named.
std::string plan_step(input_options const& in, std::string const& model, train_options const& options,
                      std::string const& refused, bool quiet, bool json) {
  auto counted = in;
  counted.why_no_tools = tools_of(model, options.chat);
  training_rows source{counted};
  file_planner planner{model, options};
  auto done = run(from(source.rows()) | finetune(planner));
  source.close();
  if (!refused.empty()) done.result.refused = refused;
  auto const counts = source.counts();
  if (!quiet) tell_bad_rows("plan", counts, source.first_bad_row());
  if (auto const said = counts.notes(); !said.empty() && !quiet) tell(said);
  if (!json) return done.result.table();
  auto text = to_json_text(done.result);
  return text.insert(1, fmt::format("\"input\":{},\"inputs\":{},\"models\":{},", to_json_text(counts),
                                    to_json_text(std::vector{source.source()}), to_json_text(report_of_models({model}))));
}

struct train_command {
  input_options in;
  output_options o;
  std::string model;
  train_options options;
  training_phase phase{training_phase::not_said};
  bool plan{false};
  std::string refused{};  // why what is planned would not begin
};

// Behind the input, the output and the model.
void train_line(command& cmd, action& chosen, std::string const& name, std::shared_ptr<train_command> s) {
  add_plan(*cmd.operator->(), s->plan,
           "Train nothing; print what it would take: rows, tokens, steps, memory, time (with any of the options of the "
           "training)");
  add_training(cmd, s->options);
  add_reporting(cmd, s->o);
  cmd.infer([&s = *s] {
    if (!s.plan && s.o.out.empty()) throw CLI::RequiredError{"--out"};
    s.in.random_seed = s.options.seed;
  });
  cmd.files([&s = *s] {
    auto use = files_of_training(s.model, s.options, s.o.out);
    s.in = with_bad_rows_beside(s.in.spelled_out(), s.plan ? "" : s.o.out);
    if (s.plan) {
      if (!s.o.out.empty())
        use.looks.push_back([&s, use] { s.refused = refusal_of_training(use, s.model, s.options, s.o.out); });
      use = {.reads = use.reads, .looks = use.looks};
      use.looks.push_back([&s] { look_at_models({s.model}, s.options.chat, tell_once); });
    } else {
      use.looks.push_back([&s] { look_at_training(s.model, s.options, s.o.out, tell_once); });
    }
    add_rows<training_rows>(use, s.in);
    return use;
  });
  cmd.runs(chosen, [s, name] {
    if (s->plan) {
      fmt::print("{}\n", plan_step(s->in, s->model, s->options, s->refused, s->o.quiet, s->o.json));
      return 0;
    }
    return in_ranks(s->options.nproc, s->options.threads, [&] {
      s->options.threads = threads_of_rank(s->options.threads);
      bool const quiet = s->o.quiet || !first_rank();
      return report_done(train_step(name, s->phase, s->in, s->model, s->o.out, s->options, quiet), s->o);
    });
  });
}

constexpr char const* about_training =
    "Loss on the completion alone; a completion with <think> ... </think> is reasoned, one without is direct. Writes a "
    "Hugging Face folder that transformers loads. The defaults are the published ones.\n"
    "Ctrl-C or SIGTERM ends the step and leaves a checkpoint; --resume continues from it, to the same weights.";

void add_train(CLI::App& app, action& chosen, std::string const& name, training_phase phase, std::string const& about) {
  auto s = std::make_shared<train_command>();
  s->phase = phase;
  command cmd{app, name, about,
              fmt::format("Example: ease {} mixed.jsonl --model SmolLM2.gguf --out model\n{}", name, about_training)};
  add_input(cmd, s->in, "input,-i,--input," + both("dataset-name"), "Rows with a prompt and a completion");
  add_random_rows(cmd, s->in, both("samples-per-dataset"));
  cmd->add_option("-o,--out,--output," + both("output-dir"), s->o.out, "Folder for the trained model")->type_name("FOLDER");
  cmd->add_option("-m,--model," + both("model-name"), s->model, std::string{"The model to train: "} + model_or_name)
      ->required()
      ->type_name("PATH");
  train_line(cmd, chosen, name, s);
}

}  // namespace

void add_distill(CLI::App& app, action& chosen) {
  add_train(app, chosen, "distill", training_phase::implant, "Phase 1: implant safety reasoning (distill_slm_safety.py)");
}
void add_finetune(CLI::App& app, action& chosen) {
  add_train(app, chosen, "finetune", training_phase::calibrate, "Phase 2: calibrate the boundary on the mix");
}

void add_distill_slm_safety(CLI::App& app, action& chosen) {
  auto s = std::make_shared<train_command>();
  s->in.file = "thu-ml/STAIR-Prompts";
  s->in.random_rows = 20'000;
  s->in.tells_too_few = false;  // nobody asked for so many
  s->o.out = "finetuned-model";
  s->model = "Qwen/Qwen2.5-1.5B";
  s->options.step_of_each_process = true;
  command cmd{
      app, "distill_slm_safety", "As distill_slm_safety.py: train the model on questions and responses",
      fmt::format(
          "Example: ease launch --num_processes 2 distill_slm_safety --model_name Qwen/Qwen2.5-1.5B-Instruct "
          "--dataset_name mixed.jsonl --output_dir model --overwrite_output_dir\n"
          "An optimiser step takes per_device_train_batch_size x gradient_accumulation_steps rows of each process, as "
          "with accelerate: N times as many with N. (`ease finetune` takes as many in all.)\n{}",
          about_training)};
  cmd->alias("distill_slm_safety.py");
  add_input(cmd, s->in, both("dataset-name") + ",-i,--input",
            "Rows with a question and a response: a file, or a data set of the hub")
      ->required(false)
      ->capture_default_str();
  cmd->add_option_function<std::string>(
         "--dataset",
         [&in = s->in](std::string const& which) {
           if (which == "stair") return;
           in.where = "source=UltraFeedback", in.where_as = "--dataset " + which;
         },
         "stair: all rows; stair_ultrafeedback: those whose `source` is UltraFeedback")
      ->check(in_words(one_of_words{"stair", "stair_ultrafeedback"}))
      ->type_name("stair|stair_ultrafeedback")
      ->default_str("stair");
  add_random_rows(cmd, s->in, both("samples-per-dataset"))->capture_default_str();
  cmd->add_option(both("output-dir") + ",-o,--out,--output", s->o.out, "Folder for the trained model")
      ->type_name("FOLDER")
      ->capture_default_str();
  cmd->add_option(both("model-name") + ",-m,--model", s->model, "The model to train: of the hub, a folder or a .gguf file")
      ->type_name("MODEL")
      ->capture_default_str();
  cmd.unused({"--dataset"}, [&line = cmd.line()]() -> std::string {
    return given(line, "--where") ? "--where says which rows are read" : "";
  });
  train_line(cmd, chosen, cmd.line().get_name(), s);
}

}  // namespace ease::app
