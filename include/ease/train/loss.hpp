#pragma once
// Cross entropy on the trained tokens alone, in chunks: logits of all tokens over the whole vocabulary never exist. The
// gradients of the hidden states and of the head are computed chunk by chunk in the forward pass, while a chunk's logits are
// at hand, and handed out in the backward pass.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace ease {

namespace detail {

// logits [c, vocab] become scale * d(sum of losses)/d(logits), in place; returns the sum of the losses, at least float32.
// bfloat16 goes through float32 a few rows at a time, so that the copy stays in the cache.
inline at::Tensor cross_entropy_and_gradient(at::Tensor& logits, at::Tensor const& targets, double scale) {
  if (logits.scalar_type() == at::kBFloat16 || logits.scalar_type() == at::kHalf) {
    constexpr std::int64_t rows = 64;
    auto sum = at::zeros({}, logits.options().dtype(at::kFloat));
    for (std::int64_t start = 0; start < logits.size(0); start += rows) {
      auto const count = std::min(rows, logits.size(0) - start);
      auto part = logits.narrow(0, start, count);
      auto wide = part.to(at::kFloat);
      sum += cross_entropy_and_gradient(wide, targets.narrow(0, start, count), scale);
      part.copy_(wide);
    }
    return sum;
  }
  auto const index = targets.unsqueeze(1);
  auto const log_normaliser = at::logsumexp(logits, 1, /*keepdim=*/true);  // [c, 1]
  auto const sum = (log_normaliser - logits.gather(1, index)).sum();
  logits.sub_(log_normaliser - std::log(scale)).exp_();
  logits.scatter_add_(1, index, at::full_like(index, -scale, logits.options()));
  return sum;
}

struct chunked_cross_entropy : torch::autograd::Function<chunked_cross_entropy> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, at::Tensor const& hidden, at::Tensor const& head,
                            at::Tensor const& targets, double scale, std::int64_t chunk) {
    bool const train_head = head.requires_grad();
    bool const several = hidden.size(0) > chunk;
    // With several chunks the head's gradient is summed in at least float32.
    auto const sum_type = several && head.scalar_type() == at::kBFloat16 ? at::kFloat : head.scalar_type();
    auto hidden_gradient = at::empty_like(hidden);
    at::Tensor head_gradient, loss;
    for (std::int64_t start = 0; start < hidden.size(0); start += chunk) {
      auto const count = std::min(chunk, hidden.size(0) - start);
      auto const part = hidden.narrow(0, start, count);
      auto logits = at::linear(part, head);  // [c, vocab]
      auto const sum = cross_entropy_and_gradient(logits, targets.narrow(0, start, count), scale);
      loss = loss.defined() ? loss + sum : sum;
      auto hidden_part = hidden_gradient.narrow(0, start, count);
      at::mm_out(hidden_part, logits, head);
      if (!train_head) continue;
      if (!head_gradient.defined()) {
        head_gradient = at::mm(logits.t(), part).to(sum_type);
      } else if (sum_type == logits.scalar_type()) {
        head_gradient.addmm_(logits.t(), part);
      } else {
        head_gradient.add_(at::mm(logits.t(), part));
      }
    }
    context->save_for_backward({hidden_gradient, train_head ? head_gradient.to(head.scalar_type()) : at::Tensor{}});
    return loss * scale;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list const& upstream) {
    auto saved = context->get_saved_variables();
    auto const& by = upstream.front();
    // A loss that is the root of the backward pass has gradient 1; on the CPU looking is free and saves two passes.
    bool const is_one = by.is_cpu() && by.item<double>() == 1.0;
    auto const times = [&](at::Tensor const& x) { return !x.defined() || is_one ? x : x * by.to(x.scalar_type()); };
    return {times(saved[0]), times(saved[1]), {}, {}, {}};
  }
};

}  // namespace detail

// scale * sum over t of -log softmax(hidden[t] head^T)[targets[t]], a scalar of at least float32.
// hidden [t, width], head [vocab, width], targets int64 [t], t > 0; `scale` > 0 is 1 / (trained tokens of the whole optimiser
// step, over all micro-batches and ranks), so that summed micro-batches give the mean over all of them.
inline at::Tensor cross_entropy(at::Tensor const& hidden, at::Tensor const& head, at::Tensor const& targets, double scale,
                                std::int64_t chunk = 1024) {
  return detail::chunked_cross_entropy::apply(hidden, head, targets, scale, chunk);
}

}  // namespace ease
