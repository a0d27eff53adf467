#pragma once
// The settings of a fine-tune, with the published script's defaults, and what a run reports.
#include <ATen/ATen.h>
#include <ATen/cpu/Utils.h>

#include <cstddef>
#include <cstdint>
#include <optional>

#include "ease/io/error.hpp"
#include "ease/train/dataset.hpp"
#include "ease/train/optimizer.hpp"
#include "ease/train/schedule.hpp"

namespace ease {

struct training_options {
  double learning_rate{1e-5};
  double epochs{2};
  // batch_size * accumulation rows make an optimiser step. How they are cut into micro-batches does not change the result.
  std::size_t batch_size{2}, accumulation{8};
  std::size_t max_length{8192};  // tokens; longer rows are rejected and counted, never cut
  schedule kind{schedule::cosine};
  double warmup_ratio{0.03};
  std::optional<std::size_t> warmup_steps{};  // wins over the ratio
  double weight_decay{0.01};
  double clip_norm{1.0};  // 0: never clip
  std::uint64_t seed{42};
  std::optional<training_precision> precision{};  // none: fastest_precision(device)
  std::optional<bool> gradient_checkpointing{};   // none: on for CUDA, off for the CPU (a quarter faster)
  std::size_t micro_batch_tokens{4096};           // rows are packed up to this many; a longer row stands alone
};

// Shown after each optimiser step. `loss` is the mean over the step's trained tokens, `gradient_norm` is before clipping.
struct training_step {
  std::size_t step{0}, steps{0};  // step counts from 1
  double loss{0}, learning_rate{0}, gradient_norm{0};
  std::size_t tokens{0}, trained_tokens{0};
  double seconds{0};
};

struct training_report {
  row_counts rows;
  std::int64_t parameters{0};
  std::size_t steps{0}, tokens{0}, trained_tokens{0};  // over all epochs
  double first_loss{0}, last_loss{0}, mean_loss{0};    // of optimiser steps; the mean weighs each trained token alike
  double seconds{0};
  std::int64_t peak_host_bytes{0}, peak_device_bytes{0};
  training_precision precision{training_precision::float32};
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
}

}  // namespace ease
