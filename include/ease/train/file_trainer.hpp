// SPDX-License-Identifier: Apache-2.0
#pragma once
// Training with all that a user can choose at run time, without libtorch in the header: device, precision, full weights or
// an adapter, checkpoints, logs, one process or the ranks of a launcher (train/distributed/launch.hpp). Reads a model, trains
// it on the examples, writes it. folder_trainer (train/folder_trainer.hpp) is the smaller one, of a device named by type.
//
//     file_trainer trainer{"SmolLM2", "out/model", {}, training_watch("finetune", false)};
//     run(from(rows) | finetune(trainer));
#include <cstddef>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <ease/core/option.hpp>
#include <ease/io/json/json_members.hpp>
#include <ease/llm/model_content.hpp>
#include <ease/method/finetune.hpp>
#include <ease/train/options/training_options.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// The options of a training, and where and how it is made.
struct train_options : training_options {
  std::string chat{};  // a chat family's name; empty: that of the model's own template
  bool merge{false};   // write the whole model, not the adapter

  std::string device{"auto"};
  int threads{0};                    // on this machine
  int nproc{1};                      // processes that train together, started by in_ranks
  bool overwrite{false};             // an existing model folder may be replaced
  bool resume{false};                // from the newest checkpoint, if there is one
  bool always_resumes{false};        // the same, unasked: in a run folder
  bool keep_checkpoints{false};      // when the trained model is in place
  bool step_of_each_process{false};  // a step takes rows_per_step() rows of each process, not of all together
  std::string log{}, tensorboard{};  // a file of JSON lines (empty: OUT/training_log.jsonl), a folder of event files

  // Those that stand in a settings file too. The others say where it runs, and what becomes of what is there.
  static constexpr auto options() {
    using o = train_options;
    return std::tuple{inherited<o, training_options>,
                      option("chat_template", &o::chat, "A chat family's name; empty: the model's own"),
                      option("tensorboard", &o::tensorboard, "Folder for TensorBoard event files")
                          .without_effect_on_results()
                          .path()
                          .also("logging_dir")};
  }
  // The adapter is put into the weights unless it is to be kept apart.
  bool leaves_adapter() const { return lora.used() && !merge; }
  // Those of the library for so many processes: its rows_per_step() are of all of them.
  training_options of_all(int processes) const {
    training_options all = *this;
    if (step_of_each_process) all.gradient_accumulation_steps *= static_cast<std::size_t>(processes);
    return all;
  }
};

struct train_progress {
  std::size_t step{0}, steps{0};
  double loss{0}, learning_rate{0}, gradient_norm{0}, tokens_per_second{0};
  std::optional<double> evaluation_loss{};
};

struct train_result {
  std::size_t examples{0}, trained_rows{0}, reasoned{0}, empty_answers{0}, too_long{0}, nothing_trained{0};
  std::size_t steps{0}, rows_per_step{0}, tokens{0}, target_tokens{0}, padding{0};
  double first_loss{0}, last_loss{0}, seconds{0};
  double peak_gigabytes{0};
  std::string precision{};
  std::optional<std::size_t> resumed_at{}, evaluation_rows{}, best_step{};  // where there are any
  std::optional<double> evaluation_loss{}, best_loss{};
  std::optional<std::string> note{};  // what a person should know of it, where there is something
  std::string log_problem{};          // why the log, the event files or the card could not be written; said, not reported

  static constexpr auto members() {
    using r = train_result;
    return std::tuple{member("examples", &r::examples),
                      member("trained_rows", &r::trained_rows),
                      member("reasoned", &r::reasoned),
                      member("empty_answers", &r::empty_answers),
                      member("too_long", &r::too_long),
                      member("nothing_trained", &r::nothing_trained),
                      member("steps", &r::steps),
                      member("rows_per_step", &r::rows_per_step),
                      member("tokens", &r::tokens),
                      member("target_tokens", &r::target_tokens),
                      member("padding", &r::padding),
                      member("first_loss", &r::first_loss),
                      member("last_loss", &r::last_loss),
                      member("seconds", &r::seconds),
                      member("peak_gigabytes", &r::peak_gigabytes),
                      member("precision", &r::precision),
                      member("resumed_at", &r::resumed_at),
                      member("evaluation_rows", &r::evaluation_rows),
                      member("evaluation_loss", &r::evaluation_loss),
                      member("best_step", &r::best_step),
                      member("best_loss", &r::best_loss),
                      member("note", &r::note)};
  }
};

// What a training would take; see ease::training_plan.
struct train_plan {
  std::size_t examples{0}, empty_answers{0}, kept{0}, too_long{0}, nothing_trained{0}, evaluation_rows{0}, max_length{0};
  std::size_t steps{0}, rows_per_step{0}, tokens{0}, target_tokens{0}, padding{0}, padded_to_longest{0},
      padded_to_max_length{0};
  std::size_t micro_batches{0}, largest_micro_batch{0};
  std::int64_t parameters{0}, trained_parameters{0};
  int processes{1};  // that train together
  // Of each of them.
  struct memory_use {
    std::int64_t weights{0}, gradients{0}, optimiser{0}, activations{0}, at_once{0};

    static constexpr auto members() {
      using m = memory_use;
      return std::tuple{member("weights", &m::weights), member("gradients", &m::gradients),
                        member("optimiser", &m::optimiser), member("activations", &m::activations),
                        member("at_once", &m::at_once)};
    }
  } bytes{};
  std::string precision{};
  std::int64_t bytes_of_all{0};          // at once, of all of them together
  double seconds{0};                     // of the whole training, about, by how fast this machine multiplies matrices now
  std::optional<std::string> refused{};  // why the training itself would not begin, where that is known

  static constexpr auto members() {
    using p = train_plan;
    return std::tuple{member("parameters", &p::parameters),
                      member("trained_parameters", &p::trained_parameters),
                      member("precision", &p::precision),
                      member("examples", &p::examples),
                      member("kept", &p::kept),
                      member("evaluation_rows", &p::evaluation_rows),
                      member("empty_answers", &p::empty_answers),
                      member("too_long", &p::too_long),
                      member("nothing_trained", &p::nothing_trained),
                      member("steps", &p::steps),
                      member("rows_per_step", &p::rows_per_step),
                      member("seconds", &p::seconds),
                      member("tokens_per_epoch", &p::tokens),
                      member("trained_tokens_per_epoch", &p::target_tokens),
                      member("padding_per_epoch", &p::padding),
                      member("micro_batches_per_epoch", &p::micro_batches),
                      member("largest_micro_batch", &p::largest_micro_batch),
                      member("padded_to_longest", &p::padded_to_longest),
                      member("padded_to_max_length", &p::padded_to_max_length),
                      member("max_length", &p::max_length),
                      member("processes", &p::processes),
                      member("bytes", &p::bytes),
                      member("bytes_of_all", &p::bytes_of_all),
                      member("refused", &p::refused)};
  }
  std::string table() const;
};

// An `sft_trainer` that plans: reads the headers of `model` and no weights.
class file_planner {
 public:
  using report = train_plan;
  file_planner(std::string model, train_options options) : model_{std::move(model)}, options_{std::move(options)} {}
  report train(std::vector<training_example> const& rows);

 private:
  std::string model_;
  train_options options_;
};

// An `sft_trainer` (method/finetune.hpp): loads `model`, trains, saves to `out`. Ctrl-C and SIGTERM leave a checkpoint and
// are thrown as `stopped`. `before`: called when training begins, to free memory. `say`: a line for a person.
class file_trainer {
 public:
  static constexpr std::string_view name{"file_trainer"};
  using report = train_result;
  file_trainer(std::string model, std::string out, train_options options,
               std::function<void(train_progress const&)> watch = {}, std::function<void()> before = {},
               std::function<void(std::string const&)> const& say = {});
  report train(std::vector<training_example> const& rows);
  // What gives the text of the model's card, a README.md that appears with the model (named/card/training_card.hpp).
  void describe(std::function<std::string(report const&)> card) { card_ = std::move(card); }

  // Of a phase of the method: rows none of which reasons are told before the first step, and noted in the report.
  void expect_reasoning(std::function<void(std::string const&)> say) { expects_reasoning_ = true, say_ = std::move(say); }

  // In a run folder (run/run_bound_pipeline.hpp): what the weights depend on; what was left; and where this run's
  // own checkpoints lie, so that a run with other settings does not begin from them.
  void each_part(auto&& visit) {
    visit(options_);
    visit(options_.merge);
    if (options_.step_of_each_process) visit(rows_per_step());
    visit(base_content());
  }
  std::string content() const { return content_if_there(out_); }
  void resume_as(std::string const& run);

 private:
  std::string base_content();
  std::size_t rows_per_step() const;
  report train_rows(std::vector<training_example> const& rows);

  std::string model_, out_;
  train_options options_;
  std::function<void(train_progress const&)> watch_;
  std::function<void()> before_;
  std::function<std::string(report const&)> card_{};
  std::string base_content_{};
  std::function<void(std::string const&)> say_{};
  bool clears_checkpoints_{false}, expects_reasoning_{false};
};

// Shows a training's progress: a bar of steps with the loss and the rate.
std::function<void(train_progress const&)> training_watch(std::string title, bool quiet);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/train/file_trainer.ipp>
#endif
