// SPDX-License-Identifier: Apache-2.0
#include "plan.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <ease/llm/decoder/operations_a_second.hpp>
#include <ease/llm/model.hpp>
#include <ease/llm/on_device.hpp>
#include <ease/named/look_ahead.hpp>
#include <ease/named/model.hpp>
#include <ease/train/plan.hpp>
#include <ease/train/step/options.hpp>
#include <map>
#include <string_view>
#include <utility>

namespace ease::app {

namespace {

// Rows as a training may get them: what is not known yet is taken to be as long as the demo's rows are.
std::vector<training_example> like_rows(std::size_t rows) {
  std::string prompt, text;
  for (int i = 0; i < 90; ++i) prompt += "word ";
  for (int i = 0; i < 50; ++i) text += "word ";
  return {rows, training_example{.before = {{role::user, prompt}}, .completion = complete_answer{direct{text}}}};
}

// Who does a stage's work, by its name; none for what asks no model.
struct stage_work {
  std::string writes{}, reads{};  // the model that generates, and the one that scores or judges what stands there
  bool trains{false};
};
stage_work work_of(run_config const& c, planned_stage const& one) {
  auto name = std::string_view{one.step}.substr(one.step.find_last_of('/') + 1);
  name.remove_prefix(std::min(name.find_first_not_of("0123456789-"), name.size()));
  auto const model_of = [](guard_choice const& g) { return g.facts().asks_model ? g.model : std::string{}; };
  if (name == "distill" || name == "finetune") return {.trains = one.sink};
  if (name == "threshold") return {.reads = one.sink ? c.model : std::string{}};
  if (name == "guard_filter") return {.reads = model_of(c.guard)};
  if (name == "evaluate") return {.reads = c.evaluate.guard ? model_of(*c.evaluate.guard) : std::string{}};
  if (name == "classify")
    return one.tokens > 0 ? stage_work{.writes = c.classifier.model} : stage_work{.reads = c.classifier.model};
  if (name == "cot")
    return {.writes = one.tokens > 0 ? c.teacher.model : std::string{},
            .reads = c.guard.facts().gives_probability ? model_of(c.guard) : std::string{}};
  return {.writes = one.tokens > 0 ? c.model : std::string{}};
}

}  // namespace

run_plan plan_run(run_config const& config, run_settings settings) {
  run_plan plan;
  std::vector<planned_stage> stages;
  std::vector<std::string> asked;  // of servers
  settings.plan = [&](planned_stage const& one) { stages.push_back(one); };
  run_method(config, settings);

  auto const net = load_model(config.model, std::nullopt, precision::float32, config.models.chat).config();
  plan.parameters = parameter_count(net);
  on_device(config.models.device, [&]<class Device>() {
    auto const device = Device::device();
    bool const narrow = config.models.precision == "bfloat16" ||
                        (config.models.precision == "auto" && fastest_precision(device) != training_precision::float32);
    plan.precision = narrow ? "bfloat16" : "float32";
    auto const number = narrow ? at::kBFloat16 : at::kFloat;
    auto const rate = operations_a_second(device, number);
    auto const parameters = static_cast<double>(plan.parameters), width = narrow ? 2.0 : 4.0;
    std::map<std::string, double> sizes{{config.model, parameters}};
    auto const size_of = [&](std::string const& model) {
      auto const [found, is_new] = sizes.try_emplace(model, 0.0);
      if (is_new)
        found->second = static_cast<double>(
            parameter_count(load_model(model, std::nullopt, precision::float32, config.models.chat).config()));
      return found->second;
    };
    constexpr double usual = 300;  // tokens of a prompt
    // Keys and values of the rows that are answered at once, with prompts of 300 tokens.
    auto const cache = 2.0 * static_cast<double>(net.layers * net.kv_heads * net.head_dim) * width *
                       static_cast<double>(config.models.max_batch_rows);
    for (auto const& one : stages) {
      stage_plan s{.stage = one.step, .done = one.done, .rows = one.read, .tokens = one.tokens};
      auto const work = work_of(config, one);
      if (!one.done) {
        if (work.trains) {
          auto const& training = one.step.ends_with("/distill") ? config.distill : config.finetune;
          auto const made = file_planner{config.model, training}.train(like_rows(one.read));
          s.tokens = static_cast<std::size_t>(static_cast<double>(made.tokens) * training.epochs);
          s.gigabytes = static_cast<double>(made.bytes.at_once) / 1e9;
          s.seconds = made.seconds;
          s.time = time_is::estimate;
        } else {
          auto const rows = static_cast<double>(one.read), tokens = static_cast<double>(one.tokens);
          for (auto const& [model, written] : {std::pair{&work.writes, tokens}, std::pair{&work.reads, 0.0}}) {
            if (model->empty()) continue;
            if (is_remote(*model)) {
              s.time = time_is::unknown;
              asked.push_back(*model);
              continue;
            }
            auto const weights = size_of(*model);
            s.gigabytes = std::max(s.gigabytes, (weights * width + cache * (usual + written / std::max(1.0, rows))) / 1e9);
            s.seconds += 2 * weights * (written / 0.3 + usual * rows / 0.6) / rate;
            if (s.time == time_is::none) s.time = model == &work.writes ? time_is::bound : time_is::estimate;
          }
        }
        plan.seconds += s.seconds;
      }
      auto const name = one.step.substr(0, one.step.find('/'));
      if (plan.phases.empty() || plan.phases.back().phase != name) plan.phases.push_back({.phase = name});
      auto& phase = plan.phases.back();
      phase.seconds += s.seconds;
      phase.training_seconds += work.trains ? s.seconds : 0;
      phase.unknown += s.time == time_is::unknown ? 1U : 0U;
      plan.stages.push_back(std::move(s));
    }
    auto const stored = [&](train_options const& t) { return t.precision == training_precision::float32 ? 4.0 : width; };
    plan.disk_gigabytes =
        parameters *
        (stored(config.distill) + stored(config.finetune) * (1 + static_cast<double>(config.later.at_work().size()))) / 1e9;
    return 0;
  });
  plan.add_missing(key_problem(asked));
  return plan;
}

}  // namespace ease::app
