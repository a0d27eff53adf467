#pragma once
// Training as the commands call it, without libtorch in the header: read a model, train it on the examples, write it.
#include <cstddef>
#include <cstdint>
#include <ease/core/option.hpp>
#include <ease/io/json_members.hpp>
#include <ease/method/finetune.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace ease::app {

// The published script's options and defaults (distill_slm_safety.py).
struct train_options {
  double learning_rate{1e-5};
  double epochs{2};
  std::size_t batch_size{2};
  std::size_t accumulation{8};
  std::size_t max_length{8192};
  double warmup_ratio{0.03};
  double weight_decay{0.01};
  double clip_norm{1.0};
  std::string schedule{"cosine"};  // cosine | linear | constant
  std::uint64_t seed{42};
  std::string precision{"auto"};  // auto | float32 | bfloat16 | mixed
  std::string device{"auto"};
  std::string chat{};  // a chat family's name; empty: that of the model's own template
  std::optional<bool> gradient_checkpointing{};
  std::string batching{"packed"};  // packed | by-length
  int threads{0};                  // on this machine
  int nproc{1};                    // processes that train together, started by in_ranks
  bool overwrite{false};           // an existing model folder may be replaced

  std::string checkpoints{};  // their folder; empty: OUT.training
  std::size_t save_steps{0};  // 0: by time alone
  double save_minutes{15};    // 0: by steps alone
  std::size_t save_total_limit{2};
  bool resume{false};                // from the newest checkpoint, if there is one
  bool always_resumes{false};        // the same, unasked: `ease run`
  std::string resume_from{};         // from this one
  bool keep_checkpoints{false};      // when the trained model is in place
  std::string log{}, tensorboard{};  // a file of JSON lines (empty: OUT/training_log.jsonl), a folder of event files
  double eval_share{0};
  std::size_t eval_steps{0};  // 0: after each epoch
  std::string keep{"last"};   // last | best
  std::int64_t lora_rank{0};  // 0: all weights are trained
  double lora_alpha{16};
  std::vector<std::string> lora_targets{};  // empty: all matrices of the layers
  bool merge{false};                        // write the whole model, not the adapter

  // Those that the trained weights depend on; the others say where, how often and on what they are made.
  static constexpr auto options() {
    using o = train_options;
    return std::tuple{
        option("learning_rate", &o::learning_rate, "Highest learning rate", at_least(0.0)),
        option("epochs", &o::epochs, "Passes over the rows", at_least(0.0)),
        option("batch_size", &o::batch_size, "Rows a micro-batch", at_least(1)),
        option("accumulation", &o::accumulation, "Micro-batches an optimiser step", at_least(1)),
        option("max_length", &o::max_length, "Tokens a row; longer rows are rejected", at_least(1)),
        option("warmup_ratio", &o::warmup_ratio, "Share of the steps that warm up", between{0.0, 1.0}),
        option("weight_decay", &o::weight_decay, "Decoupled weight decay", at_least(0.0)),
        option("clip_norm", &o::clip_norm, "Gradient norm to clip at (0: never)", at_least(0.0)),
        option("schedule", &o::schedule, "Of the learning rate", one_of_words{"cosine", "linear", "constant"}),
        option("seed", &o::seed, "Order of the rows"),
        option("precision", &o::precision, "Number formats", one_of_words{"auto", "float32", "bfloat16", "mixed"}),
        option("chat_template", &o::chat, "A family's name; empty: the model's own"),
        option("batching", &o::batching, "How rows become batches", one_of_words{"packed", "by-length"}),
        option("eval_share", &o::eval_share, "Share of the rows held out for the evaluation loss", between{0.0, 0.99}),
        option("eval_steps", &o::eval_steps, "Evaluate every so many steps (0: after each epoch)"),
        option("keep", &o::keep, "Which weights", one_of_words{"last", "best"}),
        option("lora_rank", &o::lora_rank, "Rank of the adapters (0: all weights are trained)", at_least(0)),
        option("lora_alpha", &o::lora_alpha, "Adapters are scaled by alpha / rank"),
        option("lora_targets", &o::lora_targets, "Matrices with an adapter; none: all of the layers"),
        option("merge", &o::merge, "Write the whole model, not the adapter")};
  }
};

struct train_progress {
  std::size_t step{0}, steps{0};
  double loss{0}, learning_rate{0}, gradient_norm{0}, tokens_per_second{0};
  std::optional<double> evaluation_loss{};
};

struct train_result {
  std::size_t examples{0}, trained_rows{0}, reasoned{0}, empty_answers{0}, too_long{0}, nothing_trained{0};
  std::size_t steps{0}, tokens{0}, trained_tokens{0}, padding{0};
  double first_loss{0}, last_loss{0}, seconds{0};
  double peak_gigabytes{0};
  std::string precision{};
  std::optional<std::size_t> resumed_at{}, evaluation_rows{}, best_step{};  // where there are any
  std::optional<double> evaluation_loss{}, best_loss{};
  std::string log_problem{};  // why the log or the event files could not be written; said, not reported

  static constexpr auto members() {
    using r = train_result;
    return std::tuple{member("examples", &r::examples),
                      member("trained_rows", &r::trained_rows),
                      member("reasoned", &r::reasoned),
                      member("empty_answers", &r::empty_answers),
                      member("too_long", &r::too_long),
                      member("nothing_trained", &r::nothing_trained),
                      member("steps", &r::steps),
                      member("tokens", &r::tokens),
                      member("trained_tokens", &r::trained_tokens),
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
                      member("best_loss", &r::best_loss)};
  }
};

// What a training would take; see ease::training_plan.
struct train_plan {
  std::size_t examples{0}, empty_answers{0}, kept{0}, too_long{0}, nothing_trained{0}, evaluation_rows{0}, max_length{0};
  std::size_t steps{0}, tokens{0}, trained_tokens{0}, padding{0}, padded_to_longest{0}, padded_to_max_length{0};
  std::size_t micro_batches{0}, largest_micro_batch{0};
  std::int64_t parameters{0}, trained_parameters{0};
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
                      member("tokens_per_epoch", &p::tokens),
                      member("trained_tokens_per_epoch", &p::trained_tokens),
                      member("padding_per_epoch", &p::padding),
                      member("micro_batches_per_epoch", &p::micro_batches),
                      member("largest_micro_batch", &p::largest_micro_batch),
                      member("padded_to_longest", &p::padded_to_longest),
                      member("padded_to_max_length", &p::padded_to_max_length),
                      member("max_length", &p::max_length),
                      member("bytes", &p::bytes)};
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
// are thrown as `stopped`. `before`: called when training begins, to free memory.
class file_trainer {
 public:
  static constexpr std::string_view name{"file_trainer"};
  using report = train_result;
  file_trainer(std::string model, std::string out, train_options options,
               std::function<void(train_progress const&)> watch = {}, std::function<void()> before = {});
  report train(std::vector<training_example> const& rows);

  // In a run folder (run/run_job.hpp): what the weights depend on; whether they are there; and where this run's own
  // checkpoints lie, so that a run with other settings does not begin from them.
  void each_part(auto&& visit) {
    visit(options_);
    visit(base_content());
  }
  bool still_there() const;
  void resume_as(std::string const& run);

 private:
  std::string base_content();
  report train_rows(std::vector<training_example> const& rows);

  std::string model_, out_;
  train_options options_;
  std::function<void(train_progress const&)> watch_;
  std::function<void()> before_;
  std::string base_content_{};
  bool clears_checkpoints_{false};
};

// Shows a training's progress: a bar of steps with the loss and the rate.
std::function<void(train_progress const&)> training_watch(std::string title, bool quiet);

}  // namespace ease::app
