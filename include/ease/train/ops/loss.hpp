// SPDX-License-Identifier: Apache-2.0
#pragma once
// Cross entropy on the target tokens alone, in chunks: logits of all tokens over the whole vocabulary never exist. The
// gradients of the hidden states and of the head are computed chunk by chunk in the forward pass, while a chunk's logits are
// in memory, and returned by the backward pass.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ease/train/ops/matrix_product.hpp>
#include <ease/train/ops/partial_lanes.hpp>
#include <limits>
#include <numeric>
#include <vector>

namespace ease::inline v1 {

namespace detail {

// row := scale * (softmax(row) - one at `target`); returns -log softmax(row)[target]. Sums are float32.
struct cross_entropy_kernel {
  template <class Number>
  [[gnu::always_inline]] static float run(Number* row, std::int64_t width, std::int64_t target, float scale) {
    auto const full = width / simd::lanes * simd::lanes;
    auto most = simd::all(-std::numeric_limits<float>::infinity());
    for (std::int64_t j = 0; j < full; j += simd::lanes) most = simd::larger(simd::load(row + j), most);
    float top = simd::largest(most);
    auto const rest = load_some(row + full, width - full);  // beyond `width` it is 0
    for (std::int64_t j = 0; j < width - full; ++j) top = rest[j] > top ? rest[j] : top;
    simd::floats totals{}, poison = rest * 0.0F;  // NaN if any logit is not finite: comparisons would overlook it
    for (std::int64_t j = 0; j < full; j += simd::lanes) {
      auto const x = simd::load(row + j);
      totals += simd::exp_of_nonpositive(x - top);
      poison += x * 0.0F;
    }
    float total = simd::sum(totals);
    auto const below = rest - top;
    auto const rest_exps = simd::exp_of_nonpositive(below < 0 ? below : simd::floats{});
    for (std::int64_t j = 0; j < width - full; ++j) total += rest_exps[j];
    float const loss = std::log(total) + top - load_some(row + target, 1)[0] + simd::sum(poison);
    float const each = scale / total;
    for (std::int64_t j = 0; j < full; j += simd::lanes)
      simd::store(row + j, simd::exp_of_nonpositive(simd::load(row + j) - top) * each);
    store_some(row + full, rest_exps * each, width - full);
    store_some(row + target, load_some(row + target, 1) - scale, 1);
    return loss;
  }
};

template <class Number>
at::Tensor cross_entropy_rows(at::Tensor& logits, at::Tensor const& targets, float scale) {
  auto* const data = static_cast<Number*>(logits.mutable_data_ptr());
  auto const* const target = targets.const_data_ptr<std::int64_t>();
  auto const width = logits.size(1);
  std::vector<float> losses(static_cast<std::size_t>(logits.size(0)));
  at::parallel_for(0, logits.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto row = begin; row < end; ++row)
      losses[static_cast<std::size_t>(row)] = simd::run<cross_entropy_kernel>(data + row * width, width, target[row], scale);
  });
  return at::scalar_tensor(std::accumulate(losses.begin(), losses.end(), 0.0), at::kFloat);
}

// logits [c, vocab], contiguous, become scale * d(sum of losses)/d(logits), in place; returns the sum of the losses, at
// least float32.
inline at::Tensor cross_entropy_and_gradient(at::Tensor& logits, at::Tensor const& targets, double scale) {
  auto const type = logits.scalar_type();
  if (logits.is_cpu() && type == at::kBFloat16)
    return cross_entropy_rows<simd::bfloat16>(logits, targets, static_cast<float>(scale));
  if (logits.is_cpu() && type == at::kFloat) return cross_entropy_rows<float>(logits, targets, static_cast<float>(scale));
  auto wide = type == at::kDouble ? logits : logits.to(at::kFloat);
  auto const index = targets.unsqueeze(1);
  auto const logsumexp = at::logsumexp(wide, 1, /*keepdim=*/true);  // [c, 1]
  auto const sum = (logsumexp - wide.gather(1, index)).sum();
  wide.sub_(logsumexp - std::log(scale)).exp_();
  wide.scatter_add_(1, index, at::full_like(index, -scale, wide.options()));
  if (!wide.is_same(logits)) logits.copy_(wide);
  return sum;
}

struct chunked_cross_entropy : torch::autograd::Function<chunked_cross_entropy> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, at::Tensor const& hidden, at::Tensor const& head,
                            at::Tensor const& targets, double scale, std::int64_t chunk) {
    bool const train_head = head.requires_grad();
    // Rows of zeros pad the last chunk to a multiple of 16, and chunks are of similar size: oneDNN's bfloat16 products over
    // 1003 rows take 1.3 times those over 1008, and a chunk of a few rows reads the whole head for them.
    auto const tokens = hidden.size(0), pieces = (tokens + chunk - 1) / chunk;
    auto const each = rounded_up((tokens + pieces - 1) / pieces, 16), rows = rounded_up(tokens, 16);
    auto const filled = rows == tokens ? hidden : at::constant_pad_nd(hidden, {0, 0, 0, rows - tokens});
    // With several chunks the head's gradient is summed in at least float32.
    auto const sum_type = rows > each && head.scalar_type() == at::kBFloat16 ? at::kFloat : head.scalar_type();
    auto hidden_gradient = at::empty_like(filled);
    at::Tensor head_gradient, loss;
    for (std::int64_t start = 0; start < rows; start += each) {
      auto const count = std::min(each, rows - start), real = std::min(each, tokens - start);
      auto const part = filled.narrow(0, start, count);
      auto logits = product_of(part, head.t());  // [c, vocab]
      auto real_logits = logits.narrow(0, 0, real);
      auto const sum = cross_entropy_and_gradient(real_logits, targets.narrow(0, start, real), scale);
      logits.narrow(0, real, count - real).zero_();
      loss = loss.defined() ? loss + sum : sum;
      auto hidden_part = hidden_gradient.narrow(0, start, count);
      product_into(hidden_part, logits, head);
      if (!train_head) continue;
      if (!head_gradient.defined()) {
        head_gradient = product_of(logits.t(), part).to(sum_type);
      } else if (sum_type == logits.scalar_type()) {
        product_into(head_gradient, logits.t(), part, true);
      } else {
        head_gradient.add_(at::mm(logits.t(), part));
      }
    }
    context->save_for_backward(
        {hidden_gradient.narrow(0, 0, tokens), train_head ? head_gradient.to(head.scalar_type()) : at::Tensor{}});
    return loss * scale;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list const& upstream) {
    auto saved = context->get_saved_variables();
    auto const& grad_output = upstream.front();
    // A loss that is the root of the backward pass has gradient 1; on the CPU the test is free and saves two passes.
    bool const is_one = grad_output.is_cpu() && grad_output.item<double>() == 1.0;
    auto const times = [&](at::Tensor const& x) { return !x.defined() || is_one ? x : x * grad_output.to(x.scalar_type()); };
    return {times(saved[0]), times(saved[1]), {}, {}, {}};
  }
};

}  // namespace detail

// scale * sum over t of -log softmax(hidden[t] head^T)[targets[t]], a scalar of at least float32.
// hidden [t, width], head [vocab, width], targets int64 [t], t > 0; `scale` > 0 is 1 / (target tokens of the whole
// optimiser step, over all micro-batches and ranks), so that summed micro-batches give the mean over all of them. `chunk`:
// the most tokens whose logits exist at a time, rounded up to a multiple of 16.
inline at::Tensor cross_entropy(at::Tensor const& hidden, at::Tensor const& head, at::Tensor const& targets, double scale,
                                std::int64_t chunk = 1024) {
  return detail::chunked_cross_entropy::apply(hidden, head, targets, scale, chunk);
}

}  // namespace ease::inline v1
