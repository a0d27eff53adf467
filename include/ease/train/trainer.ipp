// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of train/trainer.hpp; core/compiled.hpp says where they are compiled.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ease/train/batches/step_batches.hpp>
#include <ease/train/ops/optimizer.hpp>
#include <ease/train/options/schedule.hpp>
#include <ease/train/step/checkpoint.hpp>
#include <ease/train/step/dataset_hash.hpp>
#include <ease/train/step/forward_backward.hpp>
#include <ease/train/step/lora.hpp>
#include <ease/train/step/memory.hpp>
#include <ease/train/step/totals.hpp>
#include <ease/train/trainer.hpp>
#include <exception>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// A call of train(): what its steps work on, and what they have come to.
template <class Device>
struct trainer<Device>::run_state {
  decoder& net;
  std::span<tokenized_example const> rows;
  held_out_rows const& parts;
  adamw& optimizer;
  checkpoint_folder const& store;
  training_report& report;
  training_state state;
  std::size_t steps, per_epoch;
  std::size_t recorded_best{state.best_step};  // the best step that a checkpoint knows of
  clock::time_point saved_at{clock::now()};
};

template <class Device>
training_report trainer<Device>::train(decoder& net, std::vector<tokenized_example> const& rows) {
  auto const started = clock::now();
  auto const device = parallel_.device();
  if (net.embed_tokens.device().type() != device.type())
    throw error{"the model is on {} and the trainer on {}: load it there", net.embed_tokens.device().str(), device.str()};
  auto const checked = rows_to_train_on(net, rows);
  auto const parts = hold_out(checked.kept, options_.validation_fraction, options_.seed);
  auto const rows_per_step = options_.rows_per_step();
  auto const steps = steps_of(parts.training.size(), rows_per_step, options_.epochs);
  std::optional<allocator_cache> kept;
  if (device.is_cpu()) kept.emplace();
  training_report report{.rows = checked.counts, .evaluation_rows = parts.evaluation.size(), .steps = steps};
  report.precision = options_.precision.value_or(fastest_precision(device));

  checkpoint_folder const store{options_.checkpoints};
  auto const from = store.start();
  training_state state;
  if (store.used() || from) {
    state.run_fingerprint = settings_of(options_);
    state.run_fingerprint["model"] = weights_hash(net);
    state.run_fingerprint["rows"] = dataset_hash(rows);
  }
  std::optional<frozen_weights> base;
  if (options_.lora.used()) {
    base.emplace(net, report.precision == training_precision::float32 ? at::kFloat : at::kBFloat16);
    if (adapter_parameters(net).empty()) add_adapters(net, options_.lora, options_.seed);
  }
  adamw optimizer{options_.lora.used() ? adapter_parameters(net) : net.named_parameters(),
                  options_.lora.used() ? training_precision::float32 : report.precision,
                  {.weight_decay = options_.weight_decay}};
  report.parameters = optimizer.parameters();
  if (store.used()) on_first_rank([&] { store.prepare(optimizer.state_bytes()); });
  if (from) state = resumed(*from, optimizer, std::move(state), store);
  report.resumed_at = state.step;

  run_state run{.net = net,
                .rows = rows,
                .parts = parts,
                .optimizer = optimizer,
                .store = store,
                .report = report,
                .state = std::move(state),
                .steps = steps,
                .per_epoch = steps_of(parts.training.size(), rows_per_step, 1)};
  take_steps(run, rows_per_step, [&] {
    if (kept) kept->trim();
  });
  add(run.state, report);
  report.seconds = seconds_since(started);
  report.peak_host_bytes = ease::peak_host_bytes();
  report.peak_device_bytes = ease::peak_device_bytes(device);
  return report;
}

template <class Device>
checked_rows trainer<Device>::rows_to_train_on(decoder const& net, std::span<tokenized_example const> rows) const {
  auto const longest = longest_row(options_, net.config);
  auto checked = check_rows(rows, longest, net.config.vocab);
  if (checked.kept.empty())
    throw error{"nothing to train on: of {} rows {} are longer than {} {} and {} have no target token",
                rows.size(),
                checked.counts.too_long,
                longest < options_.max_length ? "the model's context of" : "max_length",
                longest,
                checked.counts.nothing_trained};
  return checked;
}

// The steps from run.state on, to the last one or to where the run is told to stop.
template <class Device>
void trainer<Device>::take_steps(run_state& run, std::size_t rows_per_step, auto&& after_step) {
  learning_rate_schedule const rates{
      options_.kind, options_.learning_rate,
      options_.warmup_steps.value_or(learning_rate_schedule::warmup_of(options_.warmup_ratio, run.steps)), run.steps};
  auto& state = run.state;
  std::vector<std::size_t> order;
  while (state.step < run.steps && !run.report.stopped_at) {
    auto const step_started = clock::now();
    auto const window = state.step % run.per_epoch;
    if (window == 0 || order.empty())
      order = epoch_order(run.rows, run.parts.training, options_.batches, rows_per_step, options_.seed,
                          state.step / run.per_epoch);
    std::vector<std::size_t> chosen;
    for (auto i = window * rows_per_step; i < std::min(order.size(), (window + 1) * rows_per_step); ++i)
      chosen.push_back(run.parts.training[order[i]]);
    auto seen = run_step(run.net, run.optimizer, run.rows, chosen, state.step + 1, rates.at(state.step));
    after_step();
    seen.steps = run.steps;
    seen.seconds = seconds_since(step_started);
    seen.peak_bytes = parallel_.device().is_cpu() ? ease::peak_host_bytes() : ease::peak_device_bytes(parallel_.device());
    add(seen, state);
    evaluate_if_due(run, seen);
    if (watch_) watch_(seen);
    save_if_due(run);
  }
  if (options_.keep == kept_weights::best && !run.report.stopped_at && state.best_step != 0 &&
      state.best_step != run.steps) {
    agreed(false, false);
    run.store.load_best(state.best_step, run.optimizer, run.steps);
  }
}

// The evaluation loss behind a step, where it is time for one. The best weights so far are kept if they are wanted.
template <class Device>
void trainer<Device>::evaluate_if_due(run_state& run, training_step& seen) {
  auto& state = run.state;
  auto const every = options_.evaluation_steps > 0 ? options_.evaluation_steps : run.per_epoch;
  if (run.parts.evaluation.empty() || (state.step % every != 0 && state.step != run.steps)) return;
  auto const loss = evaluate(run.net, run.rows, run.parts.evaluation);
  seen.evaluation_loss = run.report.evaluation_loss = loss;
  if (!(loss < state.best_loss)) return;
  state.best_loss = loss;
  state.best_step = state.step;
  if (options_.keep == kept_weights::best)
    on_first_rank([&] { run.store.save_best(state.step, run.recorded_best, run.optimizer); });
}

// A checkpoint behind a step, where it is time for one or the run is told to stop: run.report.stopped_at says so.
template <class Device>
void trainer<Device>::save_if_due(run_state& run) {
  auto const& when = options_.checkpoints;
  bool const in_time = when.every_minutes > 0 && seconds_since(run.saved_at) >= 60 * when.every_minutes;
  auto const [stop, save] = agreed(stop_ && stop_(), in_time && parallel_.rank() == 0);
  bool const stopping = stop && run.state.step < run.steps;
  if (run.store.used() && (stopping || save || (when.every_steps > 0 && run.state.step % when.every_steps == 0))) {
    on_first_rank([&] { run.store.save(run.state, run.optimizer); });
    agreed(false, false);  // no rank ends before the files are there
    run.recorded_best = run.state.best_step;
    run.saved_at = clock::now();
  }
  if (stopping) run.report.stopped_at = run.state.step;
}

// The state of checkpoint `from`, whose run must have the fingerprint of `now`.
template <class Device>
training_state trainer<Device>::resumed(std::filesystem::path const& from, adamw& optimizer, training_state now,
                                        checkpoint_folder const& store) const {
  auto state = checkpoint_folder::load(from, optimizer, now.run_fingerprint);
  if (options_.keep == kept_weights::best && state.best_step > 0 && !store.has_best(state.best_step))
    throw error{"cannot resume: {} has the best weights in {}, which is gone; resume from a later one, or keep the last",
                from.string(), store.best(state.best_step).string()};
  return state;
}

// Files are written by one rank; on failure the others are told.
template <class Device>
void trainer<Device>::on_first_rank(auto&& work) {
  if (parallel_.rank() != 0) return;
  try {
    work();
  } catch (std::exception const& problem) {
    parallel_.failed(problem.what());
    throw;
  }
}

// Logical or over all ranks.
template <class Device>
std::pair<bool, bool> trainer<Device>::agreed(bool first, bool second) {
  if (parallel_.size() == 1) return {first, second};
  auto wishes = at::tensor({first ? 1.0F : 0.0F, second ? 1.0F : 0.0F}).to(parallel_.device());
  parallel_.sum(wishes);
  auto const of_all = wishes.to(at::kCPU);
  return {of_all[0].template item<float>() > 0, of_all[1].template item<float>() > 0};
}

// The mean loss over the target tokens of `held_out`.
template <class Device>
double trainer<Device>::evaluate(decoder const& net, std::span<tokenized_example const> rows,
                                 std::vector<std::size_t> const& held_out) {
  c10::NoGradGuard const no_gradient;
  step_batches const all{rows, held_out, shape_of(options_), parallel_.size()};
  auto loss = at::zeros({}, at::TensorOptions{}.dtype(at::kDouble).device(parallel_.device()));
  for (auto const& micro : all.of_rank[parallel_.rank()]) {
    parallel_.check();
    loss += training_loss(net, batch_of(rows, micro, parallel_.device(), options_), 1.0, false);
  }
  parallel_.sum(loss);
  return loss.template item<double>() / static_cast<double>(all.target_tokens);
}

// One optimiser step on the rows `chosen`, sharded over the ranks. A rank that throws tells the others.
template <class Device>
training_step trainer<Device>::run_step(decoder const& net, adamw& optimizer, std::span<tokenized_example const> rows,
                                        std::vector<std::size_t> const& chosen, std::size_t number, double learning_rate) {
  try {
    if (!std::exchange(agreed_, true)) {
      parallel_.agree("model, rows and options", digest(net, rows, chosen, number, learning_rate));
      // Sums over a tensor depend on it, and the weights of all ranks must stay bitwise equal.
      if (parallel_.device().is_cpu())
        parallel_.agree("number of threads", static_cast<std::uint64_t>(at::get_num_threads()));
    }
    step_batches const step{rows, chosen, shape_of(options_), parallel_.size()};
    training_step seen{.step = number, .learning_rate = learning_rate};
    seen.tokens = step.tokens, seen.target_tokens = step.target_tokens, seen.padding = step.padding;
    auto const passed = forward_backward(net, optimizer, rows, step, options_, parallel_);
    seen.loss = passed.loss;
    if (!std::isfinite(seen.loss)) throw not_finite("loss", seen, passed.parts, chosen);
    seen.gradient_norm = optimizer.clip(options_.max_grad_norm);
    if (!std::isfinite(seen.gradient_norm)) throw not_finite("gradient norm", seen, passed.parts, chosen);
    optimizer.step(learning_rate);
    return seen;
  } catch (std::exception const& problem) {
    parallel_.failed(problem.what());
    throw;
  }
}

// A hash of what must be the same on all ranks before their first step.
template <class Device>
std::uint64_t trainer<Device>::digest(decoder const& net, std::span<tokenized_example const> rows,
                                      std::vector<std::size_t> const& chosen, std::size_t number, double learning_rate) {
  if (parallel_.size() == 1) return 0;
  identity all;
  all.add(number).add(learning_rate).add(chosen).add(dataset_hash(rows)).add(weights_hash(net));
  return all.value().low;
}

// Names the rows of the micro-batches whose loss is not finite, on any rank, or all rows of the step if there are none.
template <class Device>
error trainer<Device>::not_finite(char const* what, training_step const& seen, std::vector<micro_loss> const& parts,
                                  std::vector<std::size_t> const& chosen) {
  auto const device = parallel_.device();
  auto failing = at::zeros({static_cast<std::int64_t>(chosen.size())}, at::kInt);
  for (auto const& [micro, loss] : parts)
    for (std::size_t i = 0; i < chosen.size() && !std::isfinite(loss.template item<double>()); ++i)
      if (std::find(micro.begin(), micro.end(), chosen[i]) != micro.end()) failing[static_cast<std::int64_t>(i)] = 1;
  failing = failing.to(device);
  parallel_.sum(failing);
  failing = failing.to(at::kCPU);
  std::vector<std::size_t> guilty;
  for (std::size_t i = 0; i < chosen.size(); ++i)
    if (failing[static_cast<std::int64_t>(i)].template item<int>() != 0) guilty.push_back(chosen[i]);
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

}  // namespace ease::inline v1

#ifdef EASE_COMPILED_SOURCE
#include <ease/train/compiled_devices.hpp>
EASE_FOR_EACH_TRAINING_DEVICE(ease::trainer)
#endif
