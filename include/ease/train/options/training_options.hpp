// SPDX-License-Identifier: Apache-2.0
#pragma once
// The options of a fine-tune, with the published script's defaults (distill_slm_safety.py). Without libtorch, so that a
// program can read and show them where nothing trains.
#include <array>
#include <cstddef>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <ease/core/conversation.hpp>
#include <ease/core/error.hpp>
#include <ease/core/option.hpp>
#include <ease/train/options/schedule.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace ease::inline v1 {

class identity;

// How rows become micro-batches; train/batches/batching.hpp says what each is for.
enum class batching : std::uint8_t { packed, by_length };
constexpr auto words_of(batching) { return std::array<std::string_view, 2>{"packed", "by-length"}; }

// What the matrices are multiplied in, and what the optimiser updates.
enum class training_precision : std::uint8_t {
  float32,   // both float32
  mixed,     // bfloat16 weights and activations; float32 master weights, gradient sums and optimiser state
  bfloat16,  // all bfloat16: a third of the memory of float32; small updates are rounded away
};
constexpr auto words_of(training_precision) { return std::array<std::string_view, 3>{"float32", "mixed", "bfloat16"}; }

// Which weights a training ends with: those of the last step, or of the lowest evaluation loss.
enum class kept_weights : std::uint8_t { last, best };
constexpr auto words_of(kept_weights) { return std::array<std::string_view, 2>{"last", "best"}; }

// never: a folder that holds checkpoints already is an error; newest: from the last one, or from the start if there is none.
enum class resume_from : std::uint8_t { never, newest, named };

struct checkpoint_options {
  std::filesystem::path folder{};  // empty: no checkpoints
  std::size_t every_steps{0};      // 0: not by steps
  double every_minutes{15};        // 0: not by time
  std::size_t keep{2};             // older ones are removed
  resume_from resume{resume_from::never};
  std::filesystem::path named{};  // the checkpoint to go on from

  static constexpr std::string_view heading{"Restart"};
  static constexpr auto options() {
    using o = checkpoint_options;
    return std::tuple{
        option("save_steps", &o::every_steps, "A checkpoint every so many steps (0: by time alone)", at_least(0))
            .without_effect_on_results(),
        option("save_minutes", &o::every_minutes, "A checkpoint every so many minutes (0: by steps alone)", at_least(0.0))
            .without_effect_on_results(),
        option("save_total_limit", &o::keep, "Checkpoints to keep; older ones are removed", at_least(1))
            .without_effect_on_results()};
  }
};

inline constexpr std::array<std::string_view, 7> lora_matrices{"q_proj",    "k_proj",  "v_proj",   "o_proj",
                                                               "gate_proj", "up_proj", "down_proj"};

struct lora_options {
  std::int64_t rank{8};  // 0: no adapters, all weights are trained
  double alpha{16};      // the adapter's output is scaled by alpha / rank
  std::vector<std::string> targets{lora_matrices.begin(), lora_matrices.end()};

  bool used() const { return rank > 0; }

  static constexpr std::string_view heading{"LoRA"};
  static constexpr auto options() {
    using o = lora_options;
    constexpr auto unused = [](o const& lora) -> std::string_view {
      return lora.used() ? "" : "lora_rank is 0: all weights are trained, not an adapter";
    };
    return std::tuple{
        option("lora_rank", &o::rank, "Train low-rank adapters of this rank (0: all weights)", between{0, 65'536}),
        option("lora_alpha", &o::alpha, "Their output is scaled by alpha / rank", above{0, 1e6}).idle(unused),
        option("lora_targets", &o::targets, "Matrices with an adapter",
               one_of_words<7>{"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"})
            .idle(unused)};
  }
};

struct training_options {
  double learning_rate{1e-5};
  double epochs{2};
  // batch_size * gradient_accumulation_steps rows make an optimiser step. How they are cut into micro-batches does not
  // change the result.
  std::size_t batch_size{2}, gradient_accumulation_steps{8};
  std::size_t rows_per_step() const { return batch_size * gradient_accumulation_steps; }
  std::size_t max_length{8192};  // tokens; rows longer than this or the model's context are rejected and counted, never cut
  schedule kind{schedule::cosine};
  double warmup_ratio{0.03};
  std::optional<std::size_t> warmup_steps{};  // wins over the ratio
  double weight_decay{0.01};
  double max_grad_norm{1.0};  // 0: never clip
  trained_turns train_on{trained_turns::all};
  std::uint64_t seed{42};
  std::optional<training_precision> precision{};  // none: fastest_precision(device)
  std::optional<bool> gradient_checkpointing{};   // none: on for CUDA, off for the CPU (a quarter faster)
  batching batches{batching::packed};
  std::size_t micro_batch_tokens{4096};  // rows are packed up to this many; a longer row stands alone
  lora_options lora{.rank = 0};
  double validation_fraction{0};          // of the rows, held out and never trained on
  std::size_t evaluation_steps{0};        // evaluate every so many steps (0: after each epoch), and at the end
  kept_weights keep{kept_weights::last};  // best: by evaluation loss; needs a checkpoint folder
  checkpoint_options checkpoints{};

  // Results depend on those that decide the numbers; how rows are cut into micro-batches and what is computed twice change
  // the numbers' rounding alone.
  static constexpr auto options() {
    using o = training_options;
    return std::tuple{
        option("learning_rate", &o::learning_rate, "Highest learning rate", above{0, 1}),
        option("epochs", &o::epochs, "Passes over the rows", above{0, 1e6}).also("num_train_epochs"),
        option("batch_size", &o::batch_size, "Rows a micro-batch", between{1, 65'536}).also("per_device_train_batch_size"),
        option("gradient_accumulation_steps", &o::gradient_accumulation_steps, "Micro-batches an optimiser step",
               between{1, 65'536})
            .formerly("accumulation"),
        option("batching", &o::batches,
               "packed: rows side by side without padding; by-length: batches of like length, padded to their longest"),
        option("micro_batch_tokens", &o::micro_batch_tokens, "Tokens a packed micro-batch, at most", at_least(1))
            .without_effect_on_results()
            .idle([](o const& t) -> std::string_view {
              return t.batches == batching::packed ? "" : "batching is by-length: a micro-batch has batch_size rows";
            }),
        option("max_length", &o::max_length, "Tokens a row; longer rows are rejected and counted", at_least(2)),
        option("train_on", &o::train_on,
               "Answers of a conversation in the loss: all, the last or the first; a row with one answer has all three"),
        option("schedule", &o::kind, "Of the learning rate, behind the warm-up"),
        option("warmup_ratio", &o::warmup_ratio, "Fraction of the steps that warm up", between{0.0, 1.0})
            .idle([](o const& t) -> std::string_view { return t.warmup_steps ? "warmup_steps wins over it" : ""; }),
        option("warmup_steps", &o::warmup_steps, "Steps that warm up, instead of the ratio", at_least(0)),
        option("weight_decay", &o::weight_decay, "Decoupled weight decay", at_least(0.0)),
        option("max_grad_norm", &o::max_grad_norm, "Gradient norm to clip at (0: never)", at_least(0.0))
            .formerly("clip_norm"),
        option("seed", &o::seed, "Order of the rows"),
        option("precision", &o::precision, "auto: by device; mixed: bfloat16 with float32 masters"),
        option("gradient_checkpointing", &o::gradient_checkpointing,
               "Activations are computed again in the backward pass: less memory; auto: on CUDA alone")
            .without_effect_on_results(),
        option("validation_fraction", &o::validation_fraction, "Fraction of the rows held out for the evaluation loss",
               fraction_below_one{})
            .formerly("eval_share"),
        option("eval_steps", &o::evaluation_steps, "Evaluate every so many steps (0: after each epoch)", at_least(0))
            .idle([](o const& t) -> std::string_view {
              return t.validation_fraction > 0 ? "" : "validation_fraction is 0: nothing is evaluated";
            }),
        option("keep", &o::keep, "last weights, or the best by evaluation loss (with validation_fraction)"),
        part(&o::lora),
        part(&o::checkpoints)};
  }
};

// Throws ease::error that names the option and what it must be.
void check(lora_options const& o);
void check(training_options const& o);

// The options into an identity (core/identity.hpp), as those of any struct of options. There are many, and every program
// with a trainer would compile the walk over them anew.
void hash_options(identity& to, training_options const& o);

// What a run's numbers depend on, by name: a checkpoint is resumed with equal ones only.
std::map<std::string, std::string> settings_of(training_options const& o);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/train/options/training_options.ipp>
#endif
