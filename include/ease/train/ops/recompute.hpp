// SPDX-License-Identifier: Apache-2.0
#pragma once
// Gradient checkpointing (Chen et al. 2016): a block keeps its input only and is computed again in the backward pass.
// For blocks without randomness whose weights are leaves: their gradients accumulate as the block's own backward runs.
#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <torch/custom_class.h>

#include <functional>
#include <utility>

namespace ease {

namespace detail {

struct recomputed_block : torch::CustomClassHolder {
  std::function<at::Tensor(at::Tensor const&)> body;
  explicit recomputed_block(std::function<at::Tensor(at::Tensor const&)> b) : body{std::move(b)} {}
};

struct recompute_node : torch::autograd::Function<recompute_node> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, at::Tensor const& x,
                            c10::intrusive_ptr<recomputed_block> const& block) {
    context->save_for_backward({x});
    context->saved_data["block"] = c10::IValue::make_capsule(block);
    return block->body(x);  // grad mode is off inside forward
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list const& upstream) {
    auto const block = c10::static_intrusive_pointer_cast<recomputed_block>(context->saved_data["block"].toCapsule());
    auto const x = context->get_saved_variables().front().detach().requires_grad_();
    at::AutoGradMode const record{true};
    torch::autograd::backward({block->body(x)}, {upstream.front()});
    return {x.grad(), {}};
  }
};

}  // namespace detail

// body(x), with body's intermediate values dropped until the backward pass. `body` must outlive nothing but what it holds
// by value: keep what it refers to alive until then.
inline at::Tensor recompute(at::Tensor const& x, std::function<at::Tensor(at::Tensor const&)> body) {
  return detail::recompute_node::apply(x, c10::make_intrusive<detail::recomputed_block>(std::move(body)));
}

}  // namespace ease
