#pragma once
// Supervised fine-tuning of all parameters on packed rows. The loss of an optimiser step is the mean over all its trained
// tokens, however the rows are cut into micro-batches or dealt to ranks. A run is a function of (weights, rows, options).
// Non-goals: text (rows come as ids and mask), files (the caller saves), progress bars (the caller watches).
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <exception>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ease/io/error.hpp"
#include "ease/llm/decoder.hpp"
#include "ease/llm/device.hpp"
#include "ease/train/data_parallel.hpp"
#include "ease/train/dataset.hpp"
#include "ease/train/memory.hpp"
#include "ease/train/optimizer.hpp"
#include "ease/train/options.hpp"
#include "ease/train/schedule.hpp"
#include "ease/train/step_gradients.hpp"

namespace ease {

template <class Device = cpu>
class trainer {
 public:
  using watcher = std::function<void(training_step const&)>;

  explicit trainer(training_options options, watcher watch = {}) : options_{std::move(options)}, watch_{std::move(watch)} {
    check(options_);
  }

  // Trains `net`, which must lie on the trainer's device, in place; its weights keep their number format. Throws ease::error
  // when no row can be learnt from, and when loss or gradient stop being finite (the step and its rows are named; `net` then
  // holds the weights before that step).
  training_report train(decoder& net, std::vector<training_row> const& rows) {
    auto const started = clock::now();
    auto const device = parallel_.device();
    if (net.embed_tokens.device().type() != device.type())
      throw error{"the model lies on {} and the trainer wants {}: load it there", net.embed_tokens.device().str(),
                  device.str()};
    auto const checked = check_rows(rows, options_.max_length, net.config.vocab);
    if (checked.kept.empty())
      throw error{"nothing to train on: of {} rows {} are longer than max_length {} and {} have no trained token",
                  rows.size(), checked.counts.too_long, options_.max_length, checked.counts.nothing_trained};

    auto const rows_per_step = options_.batch_size * options_.accumulation;
    auto const per_epoch = steps_of(checked.kept.size(), rows_per_step, 1);
    auto const steps = steps_of(checked.kept.size(), rows_per_step, options_.epochs);
    learning_rate_schedule const rates{
        options_.kind, options_.learning_rate,
        options_.warmup_steps.value_or(learning_rate_schedule::warmup_of(options_.warmup_ratio, steps)), steps};
    if (device.is_cpu()) keep_freed_memory();
    training_report report{.rows = checked.counts, .steps = steps};
    report.precision = options_.precision.value_or(fastest_precision(device));
    adamw optimizer{net, report.precision, {.weight_decay = options_.weight_decay}};
    report.parameters = optimizer.parameters();

    std::vector<std::size_t> order;
    for (std::size_t step = 0; step < steps; ++step) {
      auto const step_started = clock::now();
      auto const window = step % per_epoch;
      if (window == 0) order = shuffled(checked.kept.size(), options_.seed, step / per_epoch);
      std::vector<std::size_t> chosen;
      for (auto i = window * rows_per_step; i < std::min(order.size(), (window + 1) * rows_per_step); ++i)
        chosen.push_back(checked.kept[order[i]]);
      auto seen = run_step(net, optimizer, rows, chosen, step + 1, rates.at(step));
      seen.steps = steps;
      seen.seconds = seconds_since(step_started);

      report.tokens += seen.tokens;
      report.trained_tokens += seen.trained_tokens;
      report.mean_loss += seen.loss * static_cast<double>(seen.trained_tokens);
      report.last_loss = seen.loss;
      if (step == 0) report.first_loss = seen.loss;
      if (watch_) watch_(seen);
    }
    report.mean_loss /= static_cast<double>(report.trained_tokens);
    report.seconds = seconds_since(started);
    report.peak_host_bytes = ease::peak_host_bytes();
    report.peak_device_bytes = ease::peak_device_bytes(device);
    return report;
  }

 private:
  using clock = std::chrono::steady_clock;
  static double seconds_since(clock::time_point start) {
    return std::chrono::duration<double>(clock::now() - start).count();
  }

  // One optimiser step on the rows `chosen`, dealt to the ranks. A rank that throws tells the others.
  training_step run_step(decoder const& net, adamw& optimizer, std::span<training_row const> rows,
                         std::vector<std::size_t> const& chosen, std::size_t number, double learning_rate) {
    try {
      if (!std::exchange(agreed_, true)) {
        parallel_.agree("model, rows and options", digest(net, rows, chosen, number, learning_rate));
        // Sums over a tensor depend on it, and the ranks' weights must stay equal to the bit.
        if (parallel_.device().is_cpu())
          parallel_.agree("number of threads", static_cast<std::uint64_t>(at::get_num_threads()));
      }
      training_step seen{.step = number, .learning_rate = learning_rate};
      for (auto const row : chosen) seen.tokens += rows[row].ids.size(), seen.trained_tokens += trained_tokens(rows[row]);
      auto const passed = add_gradients(net, optimizer, rows, chosen, options_, parallel_);
      seen.loss = passed.loss;
      if (!std::isfinite(seen.loss)) throw not_finite("loss", seen, passed.parts, chosen);
      seen.gradient_norm = optimizer.clip(options_.clip_norm);
      if (!std::isfinite(seen.gradient_norm)) throw not_finite("gradient norm", seen, passed.parts, chosen);
      optimizer.step(learning_rate);
      return seen;
    } catch (std::exception const& problem) {
      parallel_.failed(problem.what());
      throw;
    }
  }

  // What all ranks must have in common, before the first step that they take together.
  std::uint64_t digest(decoder const& net, std::span<training_row const> rows, std::vector<std::size_t> const& chosen,
                       std::size_t number, double learning_rate) {
    if (parallel_.size() == 1) return 0;
    std::uint64_t all = number;
    auto const mix = [&all](void const* bytes, std::size_t count) {
      all = all * 0x9E3779B97F4A7C15U + std::hash<std::string_view>{}({static_cast<char const*>(bytes), count});
    };
    mix(&learning_rate, sizeof learning_rate);
    mix(chosen.data(), chosen.size() * sizeof(std::size_t));
    for (auto const& row : rows)
      mix(row.ids.data(), row.ids.size() * sizeof(token_id)), mix(row.trained.data(), row.trained.size());
    for (auto const& [name, weight] : net.named_parameters()) {
      auto const here = weight.detach().to(at::kCPU).contiguous();
      mix(here.const_data_ptr(), static_cast<std::size_t>(here.numel() * here.element_size()));
    }
    return all;
  }

  // Names the rows of the micro-batches whose own loss is not finite, on whichever rank, or all of the step's where it arose
  // elsewhere.
  error not_finite(char const* what, training_step const& seen, std::vector<micro_loss> const& parts,
                   std::vector<std::size_t> const& chosen) {
    auto const device = parallel_.device();
    auto marks = at::zeros({static_cast<std::int64_t>(chosen.size())}, at::kInt);
    for (auto const& [micro, loss] : parts)
      for (std::size_t i = 0; i < chosen.size() && !std::isfinite(loss.template item<double>()); ++i)
        if (std::find(micro.begin(), micro.end(), chosen[i]) != micro.end()) marks[static_cast<std::int64_t>(i)] = 1;
    marks = marks.to(device);
    parallel_.sum(marks);
    marks = marks.to(at::kCPU);
    std::vector<std::size_t> guilty;
    for (std::size_t i = 0; i < chosen.size(); ++i)
      if (marks[static_cast<std::int64_t>(i)].template item<int>() != 0) guilty.push_back(chosen[i]);
    if (guilty.empty()) guilty = chosen;
    std::sort(guilty.begin(), guilty.end());
    std::string names;
    for (auto row : guilty) names += (names.empty() ? "" : ", ") + std::to_string(row);
    return error{
        "training stopped at step {}: the {} is {} (learning rate {:.3g}); rows of the failing batch: {}. Lower the "
        "learning rate, or look at those rows",
        seen.step,
        what,
        std::isnan(std::isfinite(seen.loss) ? seen.gradient_norm : seen.loss) ? "nan" : "infinite",
        seen.learning_rate,
        names};
  }

  training_options options_;
  watcher watch_;
  data_parallel<Device> parallel_{};
  bool agreed_{false};  // all ranks hold the same model, rows and options
};

}  // namespace ease
