// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of train/plan.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/train/batches/batching.hpp>
#include <ease/train/batches/dataset.hpp>
#include <ease/train/batches/step_batches.hpp>
#include <ease/train/plan.hpp>
#include <ease/train/step/options.hpp>
#include <iterator>
#include <span>
#include <string>
#include <vector>

namespace ease::inline v1 {

EASE_INLINE std::int64_t parameter_count(model_config const& config, lora_options const& lora) {
  std::int64_t count = 0;
  decoder shapes{.config = config, .embed_tokens = {}, .final_norm = {}, .lm_head = {}, .layers = {}};
  shapes.layers.resize(static_cast<std::size_t>(config.layers));
  decoder::each_linear(shapes, [&](std::string const& name, linear_shape const& shape, linear_weights const&) {
    if (std::ranges::any_of(lora.targets, [&](auto const& target) { return name.ends_with("." + target); }))
      count += lora.rank * (shape.out + shape.in);
  });
  return count;
}

namespace detail {

// The sizes that the memory of a micro-batch depends on.
struct micro_size {
  std::int64_t tokens{0}, targets{0};

  static micro_size of(std::span<tokenized_example const> rows, std::span<std::size_t const> micro, batching how) {
    micro_size all;
    std::ptrdiff_t longest = 0;
    for (auto const row : micro) longest = std::max(longest, std::ssize(rows[row].ids));
    for (auto const row : micro) {
      auto const length = how == batching::by_length ? longest : std::ssize(rows[row].ids);
      all.tokens += length;
      all.targets += static_cast<std::int64_t>(target_tokens(rows[row]));
    }
    return all;
  }
};

}  // namespace detail

EASE_INLINE training_plan plan_training(model_config const& config, std::vector<tokenized_example> const& rows,
                                        training_options const& options, at::Device device, std::size_t ranks) {
  check(options);
  auto const checked = check_rows(rows, longest_row(options, config), config.vocab);
  auto const parts = hold_out(checked.kept, options.validation_fraction, options.seed);
  training_plan plan{.rows = checked.counts,
                     .longest_row = longest_row(options, config),
                     .evaluation_rows = parts.evaluation.size(),
                     .parameters = parameter_count(config)};
  plan.trained_parameters = options.lora.used() ? parameter_count(config, options.lora) : plan.parameters;
  auto const per_step = options.rows_per_step();
  plan.steps = steps_of(parts.training.size(), per_step, options.epochs);
  auto const order = epoch_order(rows, parts.training, options.batches, per_step, options.seed, 0);
  auto const plain = shuffled(parts.training.size(), options.seed, 0);
  std::vector<detail::micro_size> sizes;
  bool several = ranks > 1;  // micro-batches in a step
  for (std::size_t start = 0; start < order.size(); start += per_step) {
    auto const end = std::min(order.size(), start + per_step);
    std::vector<std::size_t> chosen;
    for (auto i = start; i < end; ++i) chosen.push_back(parts.training[order[i]]);
    for (auto first = start; first < end; first += options.batch_size) {
      auto const count = std::min(options.batch_size, end - first);
      std::size_t longest = 0;
      for (auto i = first; i < first + count; ++i) longest = std::max(longest, rows[parts.training[plain[i]]].ids.size());
      plan.padded_to_longest += longest * count;
    }
    step_batches const step{rows, chosen, shape_of(options), ranks};
    plan.tokens += step.tokens, plan.target_tokens += step.target_tokens, plan.padding += step.padding;
    for (auto const& micros : step.of_rank) {
      several = several || micros.size() > 1;
      for (auto const& micro : micros) {
        auto const& size = sizes.emplace_back(detail::micro_size::of(rows, micro, options.batches));
        plan.largest_micro_batch = std::max(plan.largest_micro_batch, static_cast<std::size_t>(size.tokens));
      }
    }
  }
  plan.micro_batches_per_epoch = sizes.size();
  plan.padded_to_max_length = order.size() * plan.longest_row;

  auto const precision = options.precision.value_or(fastest_precision(device));
  std::int64_t const compute = precision == training_precision::float32 ? 4 : 2;
  std::int64_t const keep = precision == training_precision::bfloat16 && !options.lora.used() ? 2 : 4;
  bool const copies = compute != keep && !options.lora.used();
  plan.weights = options.lora.used() ? plan.parameters * compute + plan.trained_parameters * keep
                                     : plan.parameters * (copies ? compute + keep : keep);
  // Several micro-batches in a step (or several ranks) need accumulators; in the weights' own dtype a pass adds to them
  // directly.
  plan.gradient_sums = several ? plan.trained_parameters * keep : 0;
  plan.gradients = plan.gradient_sums + (several && !copies ? 0 : plan.trained_parameters * (copies ? compute : keep));
  plan.optimiser = plan.trained_parameters * 2 * keep;
  // A layer keeps: input, both norms' outputs, middle, q and k before and after rotation, v, attention's output; gate, up,
  // gated; and a float32 for each head's softmax.
  auto const width = 5 * config.hidden + 3 * config.heads * config.head_dim + 3 * config.kv_heads * config.head_dim +
                     3 * config.intermediate;
  bool const checkpointing = options.gradient_checkpointing.value_or(device.is_cuda());
  auto const kept_layers = checkpointing ? std::int64_t{1} : config.layers;
  auto const inputs = checkpointing ? config.layers * config.hidden : std::int64_t{0};
  constexpr std::int64_t chunk = 1024;  // of cross_entropy
  for (auto const& size : sizes) {
    auto bytes = size.tokens * (compute * (kept_layers * width + inputs) + 4 * kept_layers * config.heads);
    bytes += compute * std::min(chunk, size.targets) * config.vocab;
    // The head's gradient is kept from the forward pass on, summed in float32 where there are several chunks.
    if (!options.lora.used()) bytes += config.vocab * config.hidden * (size.targets > chunk ? 4 : compute);
    plan.activations = std::max(plan.activations, bytes);
  }
  return plan;
}

}  // namespace ease::inline v1
