#pragma once
// Supervised fine-tuning of all parameters on packed rows. The loss of an optimiser step is the mean over all its trained
// tokens, however the rows are cut into micro-batches or dealt to ranks. A run is a function of (weights, rows, options).
// Non-goals: text (rows come as ids and mask), files (the caller saves), progress bars (the caller watches).
#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ease/io/error.hpp"
#include "ease/llm/decoder.hpp"
#include "ease/llm/device.hpp"
#include "ease/train/data_parallel.hpp"
#include "ease/train/dataset.hpp"
#include "ease/train/fused_layer.hpp"
#include "ease/train/loss.hpp"
#include "ease/train/memory.hpp"
#include "ease/train/optimizer.hpp"
#include "ease/train/options.hpp"
#include "ease/train/packed_batch.hpp"
#include "ease/train/recompute.hpp"
#include "ease/train/schedule.hpp"

namespace ease {

// scale * the summed loss of a packed batch, with the graph for its backward pass. Final norm and head see trained tokens
// only.
inline at::Tensor training_loss(decoder const& net, packed_batch const& batch, double scale, bool checkpointing) {
  auto const rotation = net.rotary_at(batch.positions);
  packed_attention const attend{batch.lengths};
  auto x = net.embed(batch.ids);
  for (std::size_t i = 0; i < net.layers.size(); ++i) {
    auto const layer = [&net, i, rotation, attend](at::Tensor const& in) {
      return training_layer(net, i, in, rotation, attend);
    };
    x = checkpointing ? recompute(x, layer) : layer(x);
  }
  return cross_entropy(net.rms_norm(x.index_select(0, batch.sources), net.final_norm), net.lm_head, batch.targets, scale);
}

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

  training_step run_step(decoder const& net, adamw& optimizer, std::span<training_row const> rows,
                         std::vector<std::size_t> const& chosen, std::size_t number, double learning_rate) {
    training_step seen{.step = number, .learning_rate = learning_rate};
    std::vector<std::size_t> mine;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      seen.tokens += rows[chosen[i]].ids.size();
      seen.trained_tokens += trained_tokens(rows[chosen[i]]);
      if (i % parallel_.size() == parallel_.rank()) mine.push_back(chosen[i]);
    }
    auto const scale = 1.0 / static_cast<double>(seen.trained_tokens);
    auto const device = parallel_.device();
    bool const checkpointing = options_.gradient_checkpointing.value_or(device.is_cuda());

    auto loss = at::zeros({}, at::TensorOptions{}.dtype(at::kFloat).device(device));
    std::vector<std::pair<std::vector<std::size_t>, at::Tensor>> parts;
    for (auto const& micro : pack(rows, mine, options_.micro_batch_tokens)) {
      auto const part = training_loss(net, packed_batch::of(rows, micro, device), scale, checkpointing);
      part.backward();
      optimizer.collect_gradients();
      parts.emplace_back(micro, part.detach());
      loss += part.detach();
    }
    parallel_.sum(loss);
    parallel_.sum(optimizer.flat_gradient());
    seen.loss = loss.template item<double>();
    if (!std::isfinite(seen.loss)) throw not_finite("loss", seen, parts, chosen);
    seen.gradient_norm = optimizer.clip(options_.clip_norm);
    if (!std::isfinite(seen.gradient_norm)) throw not_finite("gradient norm", seen, parts, chosen);
    optimizer.step(learning_rate);
    return seen;
  }

  // Names the rows of the micro-batches whose own loss is not finite, or all of the step's where it arose elsewhere.
  static error not_finite(char const* what, training_step const& seen,
                          std::vector<std::pair<std::vector<std::size_t>, at::Tensor>> const& parts,
                          std::vector<std::size_t> const& chosen) {
    std::vector<std::size_t> guilty;
    for (auto const& [micro, part] : parts)
      if (!std::isfinite(part.template item<double>())) guilty.insert(guilty.end(), micro.begin(), micro.end());
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
};

}  // namespace ease
