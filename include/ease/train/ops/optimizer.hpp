// SPDX-License-Identifier: Apache-2.0
#pragma once
// AdamW (Loshchilov & Hutter 2019): parameters, master weights, gradients and moments, and clipping by the global norm.
// Results equal torch.optim.AdamW(fused) and torch.nn.utils.clip_grad_norm_.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/files/tensor_files.hpp>
#include <ease/train/ops/adamw_kernel.hpp>
#include <ease/train/options/training_options.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct adamw_options {
  double beta1{0.9}, beta2{0.999}, epsilon{1e-8}, weight_decay{0.01};
};

// Owns a decoder's parameters for a training run: until its destruction they are leaves that require gradients, in the dtype
// of the precision; afterwards they have the trained values in their original dtype.
class adamw {
 public:
  adamw(decoder& net, training_precision precision, adamw_options how) : adamw{net.named_parameters(), precision, how} {}

  // The same for some tensors alone, all on one device: a decoder's adapters.
  adamw(named_tensors parameters, training_precision precision, adamw_options how) : how_{how} {
    c10::NoGradGuard const no_gradient;
    auto const compute = precision == training_precision::float32 ? at::kFloat : at::kBFloat16;
    auto const keep = precision == training_precision::bfloat16 ? at::kBFloat16 : at::kFloat;
    for (auto& [name, weight] : parameters) {
      names_.push_back(name);
      parameters_ += weight.numel();
      original_.push_back(weight.scalar_type());
      // A copy even where the dtype stays: loaded weights may be in a file mapped for reading.
      masters_.push_back(weight.detach().to(keep, /*non_blocking=*/false, /*copy=*/true).contiguous());
      weight.set_data(compute == keep ? masters_.back() : masters_.back().to(compute));
      weight.set_requires_grad(true);
      weights_.push_back(weight);
      decays_.push_back(weight.dim() > 1);  // norms and biases are vectors
    }
    for (auto const& master : masters_) {
      first_moments_.push_back(at::zeros_like(master));
      second_moments_.push_back(at::zeros_like(master));
    }
    gradients_.resize(masters_.size());
    zero_gradients();
  }
  adamw(adamw const&) = delete;
  adamw& operator=(adamw const&) = delete;
  ~adamw() {
    c10::NoGradGuard const no_gradient;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      if (watched()) torch::autograd::impl::set_post_acc_grad_hooks(weights_[i], nullptr);
      weights_[i].set_requires_grad(false);
      weights_[i].mutable_grad().reset();
      weights_[i].set_data(masters_[i].to(original_[i]));
    }
  }

  // All gradients as one tensor [parameters], for an all-reduce, in the master weights' dtype, before clipping. From the
  // first call on gradients accumulate in it; until then the tensors of a step's first backward pass are the accumulators,
  // and neither clearing nor adding costs a pass over memory.
  at::Tensor& flat_gradient() {
    if (!flat_.defined()) flatten();
    return flat_;
  }

  // Elements of each parameter, in the order of their gradients in flat_gradient().
  std::vector<std::int64_t> sizes() const {
    std::vector<std::int64_t> all;
    for (auto const& master : masters_) all.push_back(master.numel());
    return all;
  }

  // From now on a backward pass calls `f(i)` as soon as parameter i's gradient is accumulated. To be set at most once.
  void on_gradient(std::function<void(std::size_t)> f) {
    arrived_ = std::move(f);
    for (std::size_t i = 0; i < weights_.size(); ++i)
      torch::autograd::impl::set_post_acc_grad_hooks(weights_[i], std::make_unique<arrival>(*this, i));
  }
  bool watched() const { return arrived_ != nullptr; }

  // To be called after each backward pass: adds the gradients of the weights to the accumulators.
  void collect_gradients() {
    c10::NoGradGuard const no_gradient;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      collect(i);
      if (!gradients_[i].defined()) gradients_[i] = at::zeros_like(weights_[i]);
      if (flat_.defined() && !in_place() && fresh_[i]) gradients_[i].zero_(), fresh_[i] = false;
    }
  }

  // The next step's gradients are scaled so that their global norm is at most `limit` (0: never); returns the norm before.
  double clip(double limit) {
    c10::NoGradGuard const no_gradient;
    auto const norm =
        scale_ * at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients_, 2, at::kFloat))).item<double>();
    auto const coefficient = limit / (norm + 1e-6);
    if (limit > 0 && coefficient < 1) scale_ *= coefficient;
    return norm;
  }

  // One update at `learning_rate`; the gradients are zero afterwards.
  void step(double learning_rate) {
    c10::NoGradGuard const no_gradient;
    ++steps_;
    if (masters_.front().is_cpu())
      step_on_cpu(learning_rate);
    else
      step_on_device(learning_rate);
    zero_gradients();
  }

  std::int64_t parameters() const { return parameters_; }

  // What a later run needs to resume bitwise: master weights and moments by parameter name. They share memory with the
  // optimiser; after writing into them, call restored().
  struct state {
    named_tensors weights, first_moments, second_moments;
  };
  state states() const {
    state all;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      all.weights.emplace_back(names_[i], masters_[i]);
      all.first_moments.emplace_back(names_[i], first_moments_[i]);
      all.second_moments.emplace_back(names_[i], second_moments_[i]);
    }
    return all;
  }
  std::size_t state_bytes() const { return 3 * static_cast<std::size_t>(parameters_) * masters_.front().element_size(); }
  // `step`: steps completed so far.
  void restored(std::size_t step) {
    c10::NoGradGuard const no_gradient;
    steps_ = step;
    copy_masters();
  }

 private:
  // Whether autograd can add directly to the accumulators: they have the weights' dtype.
  bool in_place() const { return weights_.front().scalar_type() == masters_.front().scalar_type(); }

  // Moves the accumulators, with their values, into one tensor.
  void flatten() {
    c10::NoGradGuard const no_gradient;
    auto const flat = at::zeros({parameters_}, masters_.front().options());
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < masters_.size(); ++i) {
      collect(i);
      auto const sum = flat.narrow(0, offset, masters_[i].numel()).view(masters_[i].sizes());
      offset += masters_[i].numel();
      if (gradients_[i].defined()) sum.copy_(gradients_[i]);
      gradients_[i] = sum;
      if (in_place()) weights_[i].mutable_grad() = sum;
    }
    flat_ = flat;
    fresh_.assign(weights_.size(), false);
  }

  void step_on_cpu(double learning_rate) {
    auto const t = static_cast<double>(steps_);
    std::vector<detail::adamw_parameter> all;
    for (std::size_t i = 0; i < masters_.size(); ++i)
      all.push_back({masters_[i], gradients_[i].contiguous(), first_moments_[i], second_moments_[i],
                     in_place() ? at::Tensor{} : weights_[i].detach(),
                     static_cast<float>(1 - (decays_[i] ? learning_rate * how_.weight_decay : 0.0))});
    detail::adamw_step(all, {.scale = static_cast<float>(scale_),
                             .beta2 = static_cast<float>(how_.beta2),
                             .epsilon = static_cast<float>(how_.epsilon),
                             .one_minus_beta1 = static_cast<float>(1 - how_.beta1),
                             .one_minus_beta2 = static_cast<float>(1 - how_.beta2),
                             .step_size = static_cast<float>(learning_rate / (1 - std::pow(how_.beta1, t))),
                             .root_correction = static_cast<float>(1 / std::sqrt(1 - std::pow(how_.beta2, t)))});
  }

  void step_on_device(double learning_rate) {
    auto const count =
        at::full({}, static_cast<double>(steps_), at::TensorOptions{}.dtype(at::kFloat).device(masters_.front().device()));
    for (bool const decays : {true, false}) {
      std::vector<at::Tensor> weights, gradients, first, second;
      for (std::size_t i = 0; i < masters_.size(); ++i) {
        if (decays_[i] != decays) continue;
        weights.push_back(masters_[i]);
        gradients.push_back(gradients_[i].to(masters_[i].scalar_type()));
        first.push_back(first_moments_[i]);
        second.push_back(second_moments_[i]);
      }
      if (weights.empty()) continue;
      if (scale_ < 1) at::_foreach_mul_(gradients, scale_);
      at::_fused_adamw_(weights, gradients, first, second, {}, std::vector<at::Tensor>(weights.size(), count), learning_rate,
                        how_.beta1, how_.beta2, decays ? how_.weight_decay : 0.0, how_.epsilon,
                        /*amsgrad=*/false,
                        /*maximize=*/false);
    }
    copy_masters();
  }

  void copy_masters() {
    if (in_place()) return;
    for (std::size_t i = 0; i < masters_.size(); ++i) weights_[i].detach().copy_(masters_[i]);
  }

  struct arrival : torch::autograd::PostAccumulateGradHook {
    adamw& of;
    std::size_t index;
    arrival(adamw& optimizer, std::size_t i) : of{optimizer}, index{i} {}
    void operator()(at::Tensor const& /*weight*/) override {
      if (!of.in_place()) of.collect(index);
      of.arrived_(index);
    }
  };

  // Moves the gradient of weight i, if there is one, into its accumulator.
  void collect(std::size_t i) {
    c10::NoGradGuard const no_gradient;
    auto &gradient = weights_[i].mutable_grad(), &sum = gradients_[i];
    if (!gradient.defined() || gradient.is_same(sum)) return;  // autograd itself added to the sum
    if (in_place()) {
      sum = gradient;  // and adds to it from now on
      return;
    }
    if (flat_.defined()) {
      fresh_[i] ? sum.copy_(gradient) : sum.add_(gradient);
      fresh_[i] = false;
    } else if (!sum.defined()) {
      sum = gradient;
    } else {
      sum = sum.to(masters_[i].scalar_type());  // of several passes in float32
      sum.add_(gradient);
    }
    gradient.reset();
  }

  void zero_gradients() {
    scale_ = 1;
    fresh_.assign(weights_.size(), true);
    if (flat_.defined()) {
      if (in_place()) flat_.zero_();
      return;
    }
    for (std::size_t i = 0; i < weights_.size(); ++i) gradients_[i].reset(), weights_[i].mutable_grad().reset();
  }

  adamw_options how_;
  at::Tensor flat_{};
  std::int64_t parameters_{0};
  std::size_t steps_{0};
  double scale_{1};  // of the gradients, by clip()
  std::vector<at::Tensor> weights_, masters_, gradients_, first_moments_, second_moments_;
  std::vector<std::string> names_;
  std::vector<at::ScalarType> original_;
  std::vector<bool> decays_, fresh_;  // fresh: nothing accumulated since the last step, so the first gradient is copied
  std::function<void(std::size_t)> arrived_{};
};

}  // namespace ease::inline v1
