// SPDX-License-Identifier: Apache-2.0
#include <torch/torch.h>

#include <ease/train/ops/fused_rotary.hpp>
#include <ease/train/ops/merged_linear.hpp>
#include <optional>
#include <vector>

#include "catch.hpp"
#include "train/apart.hpp"

namespace {

at::Tensor leaf(at::Tensor const& t) { return t.detach().clone().requires_grad_(); }

}  // namespace

TEST_CASE("linear maps of one input have the gradients of libtorch's in float64, and what is frozen gets none") {
  torch::manual_seed(3);
  auto const x = torch::randn({37, 20});
  std::vector<at::Tensor> const weights{torch::randn({51, 20}), torch::randn({8, 20}), torch::randn({30, 20})};
  for (auto const type : {at::kFloat, at::kBFloat16})
    for (std::size_t count = 1; count <= 3; ++count) {
      INFO(count << " maps, " << type);
      double const close = type == at::kFloat ? 1e-6 : 0.01;
      auto const in = leaf(x.to(type)), exact_in = leaf(x.to(type).to(at::kDouble));
      std::vector<at::Tensor> w(3), exact_w;
      for (std::size_t i = 0; i < count; ++i)
        w[i] = leaf(weights[i].to(type)), exact_w.push_back(leaf(w[i].to(at::kDouble)));
      auto const out = ease::detail::merged_linear::apply(in, w[0], count > 1 ? std::optional{w[1]} : std::nullopt,
                                                          count > 2 ? std::optional{w[2]} : std::nullopt);
      REQUIRE(out.size() == count);
      at::Tensor loss, exact_loss;
      for (std::size_t i = 0; i < count; ++i) {
        auto const exact = at::linear(exact_in, exact_w[i]);
        CHECK(apart(out[i], exact) < close);
        auto const times = (at::arange(exact.numel(), at::kDouble).cos()).view_as(exact);
        auto const part = (out[i].to(at::kDouble) * times).sum(), exact_part = (exact * times).sum();
        loss = i == 0 ? part : loss + part, exact_loss = i == 0 ? exact_part : exact_loss + exact_part;
      }
      loss.backward(), exact_loss.backward();
      CHECK(apart(in.grad(), exact_in.grad()) < close);
      for (std::size_t i = 0; i < count; ++i) CHECK(apart(w[i].grad(), exact_w[i].grad()) < close);
    }

  auto const in = leaf(x);
  auto const out = ease::detail::merged_linear::apply(in, weights[0], std::optional{weights[1]}, std::nullopt);
  out[1].sum().backward();  // the other is not asked for
  CHECK(apart(in.grad(), weights[1].sum(0).expand_as(x)) < 1e-6);
  CHECK_FALSE(weights[1].grad().defined());
}

TEST_CASE("the rotation in one pass is that of the decoder, forwards and backwards") {
  torch::manual_seed(4);
  ease::model_config config;
  config.head_dim = 32;
  config.rope_theta = 10000.0;
  auto const at = ease::rotary_of(ease::rope_frequencies(config), at::arange(3, 53), at::kFloat);
  auto const x = leaf(torch::randn({50, 3, 32})), y = leaf(x), by = torch::randn({50, 3, 32});
  REQUIRE(ease::detail::fused_rotary::fits(x, at));
  auto const fused = ease::detail::fused_rotary::apply(x, at.cos, at.sin), plain = ease::rotate(y, at);
  CHECK(apart(fused, plain) < 1e-6);
  fused.backward(by), plain.backward(by);
  CHECK(apart(x.grad(), y.grad()) < 1e-6);
}
