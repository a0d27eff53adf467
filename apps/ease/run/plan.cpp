// SPDX-License-Identifier: Apache-2.0
#include "plan.hpp"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <chrono>
#include <ease/llm/model.hpp>
#include <ease/llm/on_device.hpp>
#include <ease/train/plan.hpp>
#include <ease/train/step/options.hpp>
#include <string_view>

namespace ease::app {

namespace {

// Multiplications and additions a second of this machine's matrix products, about: half a second of them.
double operations_a_second(at::Device device, at::ScalarType number) {
  c10::NoGradGuard const no_gradients;
  auto const side = std::int64_t{768};
  auto const a = at::randn({side, side}, at::TensorOptions{}.device(device).dtype(number)), b = a.clone();
  (void)at::mm(a, b);
  using clock = std::chrono::steady_clock;
  auto const start = clock::now();
  int rounds = 0;
  double seconds = 0;
  for (; seconds < 0.3 && rounds < 1000; ++rounds) {
    (void)at::mm(a, b).sum().item<float>();
    seconds = std::chrono::duration<double>(clock::now() - start).count();
  }
  return 2.0 * static_cast<double>(side) * static_cast<double>(side) * static_cast<double>(side) * rounds / seconds;
}

// Rows as a training may get them: what is not known yet is taken to be as long as the demo's rows are.
std::vector<training_example> like_rows(std::size_t rows) {
  std::string prompt, text;
  for (int i = 0; i < 90; ++i) prompt += "word ";
  for (int i = 0; i < 50; ++i) text += "word ";
  return {rows, training_example{.before = {{role::user, prompt}}, .completion = complete_answer{direct{text}}}};
}

std::string time_text(double seconds) {
  if (seconds < 1) return "0 s";
  if (seconds < 90) return fmt::format("{:.0f} s", seconds);
  if (seconds < 5400) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

}  // namespace

run_plan plan_run(run_config const& config, run_settings settings) {
  run_plan plan;
  std::vector<planned_stage> stages;
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
    // Keys and values of the rows that are answered at once, with prompts of 300 tokens.
    auto const cache = 2.0 * static_cast<double>(net.layers * net.kv_heads * net.head_dim) * width *
                       static_cast<double>(config.models.max_batch_rows);
    for (auto const& one : stages) {
      stage_plan s{.stage = one.step, .done = one.done, .rows = one.read, .tokens = one.tokens};
      if (!one.done) {
        bool const first = one.step.ends_with("/distill");
        if (one.sink && (first || one.step.ends_with("/finetune"))) {
          auto const& training = first ? config.distill : config.finetune;
          auto const made = file_planner{config.model, training}.train(like_rows(one.read));
          s.tokens = static_cast<std::size_t>(static_cast<double>(made.tokens) * training.epochs);
          s.gigabytes = static_cast<double>(made.bytes.at_once) / 1e9;
          s.seconds = 6 * parameters * static_cast<double>(s.tokens) / (0.5 * rate);
        } else if (one.tokens > 0) {
          auto const most = static_cast<double>(one.tokens) / static_cast<double>(std::max<std::size_t>(1, one.read));
          s.gigabytes = (parameters * width + cache * (300 + most)) / 1e9;
          s.seconds =
              2 * parameters * (static_cast<double>(one.tokens) / 0.3 + 300.0 * static_cast<double>(one.read) / 0.6) / rate;
        }
        plan.seconds += s.seconds;
      }
      plan.stages.push_back(std::move(s));
    }
    auto const stored = [&](train_options const& t) { return t.precision == training_precision::float32 ? 4.0 : width; };
    plan.disk_gigabytes =
        parameters *
        (stored(config.distill) + stored(config.finetune) * (1 + static_cast<double>(config.later.at_work().size()))) / 1e9;
    return 0;
  });
  return plan;
}

std::string run_plan::table() const {
  auto out = fmt::format("{:<40}{:<8}{:>8}{:>12}{:>10}{:>10}\n", "stage", "", "rows", "tokens", "memory", "time");
  for (auto const& s : stages) {
    auto const bound = [&](std::size_t n) { return n == 0 ? std::string{} : (s.done ? "" : "<= ") + fmt::format("{}", n); };
    out += fmt::format("{:<40}{:<8}{:>8}{:>12}{:>10}{:>10}\n", s.stage, s.done ? "done" : "", bound(s.rows), bound(s.tokens),
                       s.gigabytes > 0 ? fmt::format("{:.1f} GB", s.gigabytes) : std::string{},
                       s.seconds > 0 ? "<= " + time_text(s.seconds) : std::string{});
  }
  return out + fmt::format(
                   "{:.0f} M parameters in {}; {:.1f} GB of disk for the trained models; at most about {} to go, if nothing "
                   "else runs and every answer fills its limit\n",
                   static_cast<double>(parameters) / 1e6, precision, disk_gigabytes, time_text(seconds));
}

}  // namespace ease::app
