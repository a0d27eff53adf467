// SPDX-License-Identifier: Apache-2.0
#pragma once
// Up to three linear layers of one input (q, k and v; gate and up): the backward pass accumulates the input's gradient
// inside the products.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cstddef>
#include <ease/train/ops/matrix_product.hpp>
#include <optional>

namespace ease::inline v1::detail {

// x [n, in], weights [out, in] -> x w^T [n, out] of each.
struct merged_linear : torch::autograd::Function<merged_linear> {
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context, at::Tensor const& x,
                                                at::Tensor const& first, std::optional<at::Tensor> const& second = {},
                                                std::optional<at::Tensor> const& third = {}) {
    context->save_for_backward({x, first, second.value_or(at::Tensor{}), third.value_or(at::Tensor{})});
    torch::autograd::variable_list out{product_of(x, first.t())};
    if (second) out.push_back(product_of(x, second->t()));
    if (third) out.push_back(product_of(x, third->t()));
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list const& upstream) {
    auto const saved = context->get_saved_variables();
    torch::autograd::variable_list gradients(4);
    auto& of_x = gradients.front();
    for (std::size_t i = 0; i < upstream.size(); ++i) {
      if (!upstream[i].defined()) continue;
      auto const grad_output = upstream[i].contiguous();
      if (context->needs_input_grad(0)) {
        if (of_x.defined())
          product_into(of_x, grad_output, saved[1 + i], /*add=*/true);
        else
          of_x = product_of(grad_output, saved[1 + i]);
      }
      if (context->needs_input_grad(1 + i)) gradients[1 + i] = product_of(grad_output.t(), saved[0]);
    }
    return gradients;
  }
};

}  // namespace ease::inline v1::detail
