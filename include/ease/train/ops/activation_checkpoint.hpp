// SPDX-License-Identifier: Apache-2.0
#pragma once
// Activation (gradient) checkpointing (Chen et al. 2016): a block keeps its input only and is recomputed in the backward
// pass. For blocks without randomness whose weights are leaves: their gradients accumulate as the block's own backward runs.
#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <torch/custom_class.h>

#include <functional>
#include <utility>

namespace ease::inline v1 {

namespace detail {

struct checkpointed_block : torch::CustomClassHolder {
  std::function<at::Tensor(at::Tensor const&)> body;
  explicit checkpointed_block(std::function<at::Tensor(at::Tensor const&)> b) : body{std::move(b)} {}
};

struct checkpoint_node : torch::autograd::Function<checkpoint_node> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, at::Tensor const& x,
                            c10::intrusive_ptr<checkpointed_block> const& block) {
    context->save_for_backward({x});
    context->saved_data["block"] = c10::IValue::make_capsule(block);
    return block->body(x);  // grad mode is off inside forward
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list const& upstream) {
    auto const block = c10::static_intrusive_pointer_cast<checkpointed_block>(context->saved_data["block"].toCapsule());
    auto const x = context->get_saved_variables().front().detach().requires_grad_();
    at::AutoGradMode const record{true};
    torch::autograd::backward({block->body(x)}, {upstream.front()});
    return {x.grad(), {}};
  }
};

}  // namespace detail

// body(x), with body's activations dropped until the backward pass. Whatever `body` refers to must stay alive until then.
inline at::Tensor activation_checkpoint(at::Tensor const& x, std::function<at::Tensor(at::Tensor const&)> body) {
  return detail::checkpoint_node::apply(x, c10::make_intrusive<detail::checkpointed_block>(std::move(body)));
}

}  // namespace ease::inline v1
