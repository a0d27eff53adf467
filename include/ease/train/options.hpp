#pragma once
// The settings of a fine-tune, with the published script's defaults, and what a run reports.
#include <ATen/ATen.h>
#include <ATen/cpu/Utils.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "ease/core/option.hpp"
#include "ease/io/error.hpp"
#include "ease/llm/config.hpp"
#include "ease/train/batching.hpp"
#include "ease/train/checkpoint.hpp"
#include "ease/train/dataset.hpp"
#include "ease/train/lora.hpp"
#include "ease/train/optimizer.hpp"
#include "ease/train/schedule.hpp"

namespace ease {

struct training_options {
  double learning_rate{1e-5};
  double epochs{2};
  // batch_size * accumulation rows make an optimiser step. How they are cut into micro-batches does not change the result.
  std::size_t batch_size{2}, accumulation{8};
  std::size_t max_length{8192};  // tokens; rows longer than this or the model's context are rejected and counted, never cut
  schedule kind{schedule::cosine};
  double warmup_ratio{0.03};
  std::optional<std::size_t> warmup_steps{};  // wins over the ratio
  double weight_decay{0.01};
  double clip_norm{1.0};  // 0: never clip
  std::uint64_t seed{42};
  std::optional<training_precision> precision{};  // none: fastest_precision(device)
  std::optional<bool> gradient_checkpointing{};   // none: on for CUDA, off for the CPU (a quarter faster)
  batching batches{batching::packed};
  std::size_t micro_batch_tokens{4096};  // rows are packed up to this many; a longer row stands alone
  std::optional<lora_options> lora{};    // train low-rank adapters, not the weights
  double evaluation_share{0};            // of the rows, held out and never trained on
  std::size_t evaluation_steps{0};       // evaluate every so many steps (0: after each epoch), and at the end
  bool keep_best{false};  // end with the weights of the lowest evaluation loss, not the last; needs a checkpoint folder
  checkpoint_options checkpoints{};

  // Those that the trained weights depend on; check() has their ranges. How rows are cut into micro-batches and what is
  // computed twice change the rounding alone, and are left out.
  static constexpr auto options() {
    using o = training_options;
    return std::tuple{option("learning_rate", &o::learning_rate, "Highest learning rate"),
                      option("epochs", &o::epochs, "Passes over the rows"),
                      option("batch_size", &o::batch_size, "Rows a micro-batch"),
                      option("accumulation", &o::accumulation, "Micro-batches an optimiser step"),
                      option("max_length", &o::max_length, "Tokens a row; longer rows are rejected"),
                      option("schedule", &o::kind, "Of the learning rate"),
                      option("warmup_ratio", &o::warmup_ratio, "Share of the steps that warm up"),
                      option("warmup_steps", &o::warmup_steps, "Steps that warm up; wins over the ratio"),
                      option("weight_decay", &o::weight_decay, "Decoupled weight decay"),
                      option("clip_norm", &o::clip_norm, "Gradient norm to clip at (0: never)"),
                      option("seed", &o::seed, "Order of the rows"),
                      option("precision", &o::precision, "Number formats; none: by device"),
                      option("batching", &o::batches, "How rows become batches"),
                      option("lora", &o::lora, "Low-rank adapters are trained, not the weights"),
                      option("evaluation_share", &o::evaluation_share, "Share of the rows held out for the evaluation loss"),
                      option("evaluation_steps", &o::evaluation_steps, "Evaluate every so many steps (0: after each epoch)"),
                      option("keep_best", &o::keep_best, "End with the weights of the lowest evaluation loss")};
  }
};

// Shown after each optimiser step. `loss` is the mean over the step's trained tokens, `gradient_norm` is before clipping.
struct training_step {
  std::size_t step{0}, steps{0};  // step counts from 1
  double loss{0}, learning_rate{0}, gradient_norm{0};
  std::size_t tokens{0}, trained_tokens{0}, padding{0};  // padding: computed beside the rows' own tokens, for nothing
  double seconds{0};
  std::int64_t peak_bytes{0};               // of the device on CUDA, else of the process, so far
  std::optional<double> evaluation_loss{};  // where this step was evaluated
};

struct training_report {
  row_counts rows;
  std::size_t evaluation_rows{0};  // of rows.kept
  std::int64_t parameters{0};
  std::size_t steps{0}, tokens{0}, trained_tokens{0}, padding{0};  // over all epochs
  double first_loss{0}, last_loss{0}, mean_loss{0};  // of optimiser steps; the mean weighs each trained token alike
  double seconds{0};
  std::int64_t peak_host_bytes{0}, peak_device_bytes{0};
  training_precision precision{training_precision::float32};
  std::optional<double> evaluation_loss{};  // after the last step
  std::size_t best_step{0};                 // the step of the lowest evaluation loss; 0: never evaluated
  double best_loss{0};
  std::size_t resumed_at{0};                // steps that an earlier run had made
  std::optional<std::size_t> stopped_at{};  // steps made when it was asked to stop; nothing: it ran to its end
};

// Mixed on CUDA and on CPUs that multiply bfloat16 natively (2 to 3 times float32's rate there), otherwise float32.
inline training_precision fastest_precision(at::Device device) {
  if (!device.is_cpu()) return training_precision::mixed;
  auto const has = at::cpu::get_cpu_capabilities();
  for (auto const* name : {"avx512_bf16", "amx_bf16", "bf16"})
    if (auto found = has.find(name); found != has.end() && found->second.isBool() && found->second.toBool())
      return training_precision::mixed;
  return training_precision::float32;
}

inline void check(training_options const& o) {
  auto const demand = [](bool good, char const* name, char const* wanted) {
    if (!good) throw error{"training option {}: must be {}", name, wanted};
  };
  demand(o.learning_rate > 0, "learning_rate", "above 0");
  demand(o.epochs > 0, "epochs", "above 0");
  demand(o.batch_size > 0, "batch_size", "at least 1");
  demand(o.accumulation > 0, "accumulation", "at least 1");
  demand(o.max_length > 1, "max_length", "at least 2");
  demand(o.warmup_ratio >= 0 && o.warmup_ratio <= 1, "warmup_ratio", "between 0 and 1");
  demand(o.weight_decay >= 0, "weight_decay", "at least 0");
  demand(o.clip_norm >= 0, "clip_norm", "at least 0 (0 is: never clip)");
  demand(o.micro_batch_tokens > 0, "micro_batch_tokens", "at least 1");
  demand(o.evaluation_share >= 0 && o.evaluation_share < 1, "evaluation_share", "at least 0 and below 1");
  demand(!o.keep_best || o.evaluation_share > 0, "keep_best", "off, or evaluation_share above 0");
  demand(!o.keep_best || !o.checkpoints.folder.empty(), "keep_best", "off, or checkpoints.folder given");
  if (o.lora) check(*o.lora);
}

inline batch_shape shape_of(training_options const& o) {
  return {.how = o.batches, .rows = o.batch_size, .tokens = o.micro_batch_tokens};
}

// The longest row that is trained on.
inline std::size_t longest_row(training_options const& o, model_config const& config) {
  return config.context > 0 ? std::min(o.max_length, static_cast<std::size_t>(config.context)) : o.max_length;
}

// The settings that a run's numbers depend on, by name: a checkpoint is resumed with equal ones only. How rows are cut into
// micro-batches and what is computed twice are left out, for they change the numbers' rounding alone.
inline std::map<std::string, std::string> settings_of(training_options const& o) {
  constexpr std::array kinds{"constant", "linear", "cosine"};
  constexpr std::array precisions{"float32", "mixed", "bfloat16"};
  std::map<std::string, std::string> all{
      {"learning_rate", fmt::format("{}", o.learning_rate)},
      {"epochs", fmt::format("{}", o.epochs)},
      {"rows_per_step", fmt::format("{}", o.batch_size * o.accumulation)},
      {"max_length", fmt::format("{}", o.max_length)},
      {"schedule", kinds.at(static_cast<std::size_t>(o.kind))},
      {"warmup", o.warmup_steps ? fmt::format("{} steps", *o.warmup_steps) : fmt::format("{}", o.warmup_ratio)},
      {"weight_decay", fmt::format("{}", o.weight_decay)},
      {"clip_norm", fmt::format("{}", o.clip_norm)},
      {"seed", fmt::format("{}", o.seed)},
      {"precision", o.precision ? precisions.at(static_cast<std::size_t>(*o.precision)) : "by device"},
      {"evaluation_share", fmt::format("{}", o.evaluation_share)},
      {"keep", o.keep_best ? "best" : "last"}};
  // With padding the order of an epoch depends on the lengths.
  if (o.batches == batching::by_length) all.emplace("batching", "by length");
  if (o.lora) {
    all.emplace("lora_rank", fmt::format("{}", o.lora->rank));
    all.emplace("lora_alpha", fmt::format("{}", o.lora->alpha));
    all.emplace("lora_targets", fmt::format("{}", fmt::join(o.lora->targets, ",")));
  }
  return all;
}

}  // namespace ease
