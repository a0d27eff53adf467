// SPDX-License-Identifier: Apache-2.0
#pragma once
// Forward and backward passes of one optimiser step: the gradient of the mean loss over all its target tokens, whatever the
// micro-batches and the ranks.
#include <ATen/ATen.h>

#include <cstddef>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/decoder/forward.hpp>
#include <ease/train/batches/dataset.hpp>
#include <ease/train/batches/packed_batch.hpp>
#include <ease/train/batches/step_batches.hpp>
#include <ease/train/distributed/data_parallel.hpp>
#include <ease/train/ops/activation_checkpoint.hpp>
#include <ease/train/ops/fused_layer.hpp>
#include <ease/train/ops/loss.hpp>
#include <ease/train/ops/optimizer.hpp>
#include <ease/train/step/options.hpp>
#include <span>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// scale * the summed loss of a packed batch, with the graph for its backward pass. Final norm and head see only the tokens
// that predict a target.
inline at::Tensor training_loss(decoder const& net, packed_batch const& batch, double scale, bool checkpointing) {
  auto const rotation = net.rotary_at(batch.positions);
  packed_attention const attend{batch.lengths};
  // A sparse gradient of the embedding is added to that of the tied head: no second dense gradient of that size.
  bool const sparse = net.config.tied && batch.ids.is_cpu();
  auto x = at::embedding(net.embed_tokens, batch.ids, /*padding_idx=*/-1, /*scale_grad_by_freq=*/false, sparse);
  visit_architecture(net.config, [&]<class Architecture>(Architecture) {
    x = Architecture::embedded(training_ops{net.config, x}, net.config, x);
  });
  // A checkpointed layer runs backward only if its input requires a gradient, which below frozen weights nothing else does.
  if (checkpointing && at::GradMode::is_enabled() && !x.requires_grad()) x.requires_grad_();
  for (std::size_t i = 0; i < net.layers.size(); ++i) {
    auto const layer = [&net, i, rotation, attend](at::Tensor const& in) {
      return training_layer(net, i, in, rotation, attend);
    };
    x = checkpointing ? activation_checkpoint(x, layer) : layer(x);
  }
  // Without a backward pass, the head's gradient need not be computed.
  auto const head = at::GradMode::is_enabled() ? net.lm_head : net.lm_head.detach();
  return cross_entropy(net.rms_norm(x.index_select(0, batch.sources), net.final_norm), head, batch.targets, scale);
}

inline packed_batch batch_of(std::span<tokenized_example const> rows, std::span<std::size_t const> micro, at::Device device,
                             training_options const& options) {
  return packed_batch::of(rows, micro, device, options.batches == batching::by_length);
}

// A micro-batch's rows and its part of the step's loss.
struct micro_loss {
  std::span<std::size_t const> rows;
  at::Tensor loss;
};

struct step_loss {
  double loss{0};                   // of the whole step, on all ranks
  std::vector<micro_loss> parts{};  // of this rank
};

// Accumulates the gradients of `step`, sharded for as many ranks as there are, in `optimizer`. Ranks all-reduce once, during
// the last backward pass. The parts refer to `step`, which must outlive them.
template <class Device>
step_loss forward_backward(decoder const& net, adamw& optimizer, std::span<tokenized_example const> rows,
                           step_batches const& step, training_options const& options, data_parallel<Device>& parallel) {
  auto const scale = 1.0 / static_cast<double>(step.target_tokens);
  auto const device = parallel.device();
  bool const checkpointing = options.gradient_checkpointing.value_or(device.is_cuda());

  auto loss = at::zeros({}, at::TensorOptions{}.dtype(at::kFloat).device(device));
  step_loss passed;
  auto const& micros = step.of_rank.at(parallel.rank());
  for (std::size_t i = 0; i < micros.size(); ++i) {
    parallel.check();
    auto const part = training_loss(net, batch_of(rows, micros[i], device, options), scale, checkpointing);
    if (i + 1 == micros.size()) parallel.begin_exchange(optimizer);
    part.backward();
    if (i + 1 < micros.size()) optimizer.collect_gradients();
    passed.parts.push_back({micros[i], part.detach()});
    loss += part.detach();
  }
  optimizer.collect_gradients();
  parallel.finish_exchange(optimizer);
  parallel.sum(loss);
  passed.loss = loss.template item<double>();
  return passed;
}

}  // namespace ease::inline v1
