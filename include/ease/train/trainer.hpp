// SPDX-License-Identifier: Apache-2.0
#pragma once
// Supervised fine-tuning of all parameters, or of LoRA adapters, on packed examples. The loss of an optimiser step is the
// mean over all its target tokens, however the examples are split into micro-batches or sharded over ranks. A run is a
// function of (weights, examples, options): killed and resumed from a checkpoint, it ends with the same bits.
// Non-goals: text (examples are token ids and loss masks), the trained model's files (the caller saves), progress bars (the
// caller watches).
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <ease/core/error.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/decoder/device.hpp>
#include <ease/train/batches/dataset.hpp>
#include <ease/train/distributed/data_parallel.hpp>
#include <ease/train/step/options.hpp>
#include <filesystem>
#include <functional>
#include <span>
#include <utility>
#include <vector>

namespace ease::inline v1 {

class checkpoint_folder;
struct micro_loss;
struct training_state;

template <class Device = cpu>
class trainer {
 public:
  using watcher = std::function<void(training_step const&)>;
  // Called after each step; true ends the run there, with a checkpoint if there is a checkpoint folder.
  using stopper = std::function<bool()>;

  explicit trainer(training_options options, watcher watch = {}, stopper stop = {})
      : options_{std::move(options)}, watch_{std::move(watch)}, stop_{std::move(stop)} {
    check(options_);
  }

  // Trains `net`, which must be on the trainer's device, in place; its weights keep their dtype. With options.lora they keep
  // their values too, and `net` gets adapters if it has none. Throws ease::error when no row can be trained on, when a
  // checkpoint is of another run or cannot be written, and when loss or gradient are not finite (the error names the step
  // and its rows; `net` then has the weights before that step).
  training_report train(decoder& net, std::vector<tokenized_example> const& rows);

 private:
  using clock = std::chrono::steady_clock;
  static double seconds_since(clock::time_point start) {
    return std::chrono::duration<double>(clock::now() - start).count();
  }

  struct run_state;

  checked_rows rows_to_train_on(decoder const& net, std::span<tokenized_example const> rows) const;
  void take_steps(run_state& run, std::size_t rows_per_step, auto&& after_step);
  void evaluate_if_due(run_state& run, training_step& seen);
  void save_if_due(run_state& run);
  training_state resumed(std::filesystem::path const& from, adamw& optimizer, training_state now,
                         checkpoint_folder const& store) const;
  void on_first_rank(auto&& work);
  std::pair<bool, bool> agreed(bool first, bool second);
  double evaluate(decoder const& net, std::span<tokenized_example const> rows, std::vector<std::size_t> const& held_out);
  training_step run_step(decoder const& net, adamw& optimizer, std::span<tokenized_example const> rows,
                         std::vector<std::size_t> const& chosen, std::size_t number, double learning_rate);
  std::uint64_t digest(decoder const& net, std::span<tokenized_example const> rows, std::vector<std::size_t> const& chosen,
                       std::size_t number, double learning_rate);
  error not_finite(char const* what, training_step const& seen, std::vector<micro_loss> const& parts,
                   std::vector<std::size_t> const& chosen);

  training_options options_;
  watcher watch_;
  stopper stop_;
  data_parallel<Device> parallel_{};
  bool agreed_{false};  // all ranks hold the same model, rows and options
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/train/trainer.ipp>
#endif
