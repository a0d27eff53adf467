// SPDX-License-Identifier: Apache-2.0
#include <torch/torch.h>

#include <cmath>
#include <ease/train/ops/loss.hpp>

#include "catch.hpp"
#include "train/apart.hpp"

namespace {

struct result {
  at::Tensor loss, hidden, head;
};

// Through full logits and torch's own cross entropy.
result plain(at::Tensor hidden, at::Tensor head, at::Tensor const& targets, double scale) {
  hidden = hidden.detach().clone().requires_grad_();
  head = head.detach().clone().requires_grad_();
  auto const loss = at::cross_entropy_loss(at::linear(hidden, head), targets, {}, at::Reduction::Sum) * scale;
  loss.backward();
  return {loss.detach(), hidden.grad(), head.grad()};
}
result chunked(at::Tensor hidden, at::Tensor head, at::Tensor const& targets, double scale, std::int64_t chunk) {
  hidden = hidden.detach().clone().requires_grad_();
  head = head.detach().clone().requires_grad_();
  auto const loss = ease::cross_entropy(hidden, head, targets, scale, chunk);
  loss.backward();
  return {loss.detach(), hidden.grad(), head.grad()};
}

}  // namespace

TEST_CASE("loss and gradients in chunks are those of full logits, in float64") {
  torch::manual_seed(1);
  auto const hidden = torch::randn({37, 16}, at::kDouble), head = torch::randn({101, 16}, at::kDouble);
  auto const targets = torch::randint(0, 101, {37}, at::kLong);
  auto const whole = plain(hidden, head, targets, 1.0 / 37);
  for (std::int64_t const chunk : {1, 5, 20, 32, 36, 37, 1000}) {
    auto const ours = chunked(hidden, head, targets, 1.0 / 37, chunk);
    CHECK(apart(ours.loss, whole.loss) < 1e-12);
    CHECK(apart(ours.hidden, whole.hidden) < 1e-12);
    CHECK(apart(ours.head, whole.head) < 1e-12);
  }
}

TEST_CASE("extreme logits give finite losses") {
  auto const hidden = torch::tensor({{1000.0F}, {-1000.0F}, {0.0F}}), head = torch::tensor({{1.0F}, {-1.0F}});
  auto const targets = torch::tensor({0L, 0L, 1L});
  auto const ours = chunked(hidden, head, targets, 1.0, 2);
  CHECK(ours.loss.item<double>() == Approx(2000 + std::log(2.0)));
  CHECK(ours.head.isfinite().all().item<bool>());
}

TEST_CASE("bfloat16 stays as close to float64 as its inputs allow") {
  torch::manual_seed(2);
  auto const hidden = torch::randn({150, 32}).to(at::kBFloat16), head = torch::randn({300, 32}).mul(0.3).to(at::kBFloat16);
  auto const targets = torch::randint(0, 300, {150}, at::kLong);
  auto const exact = plain(hidden.to(at::kDouble), head.to(at::kDouble), targets, 1.0 / 150);
  for (std::int64_t const chunk : {64, 100, 1024}) {
    auto const ours = chunked(hidden, head, targets, 1.0 / 150, chunk);
    CHECK(ours.loss.scalar_type() == at::kFloat);
    CHECK(ours.head.scalar_type() == at::kBFloat16);
    CHECK(apart(ours.loss, exact.loss) < 1e-3);
    CHECK(apart(ours.hidden, exact.hidden) < 1e-2);
    CHECK(apart(ours.head, exact.head) < 1e-2);
  }
}

TEST_CASE("an upstream gradient other than one is applied, and a frozen head gets none") {
  torch::manual_seed(3);
  auto const head = torch::randn({20, 8}, at::kDouble), targets = torch::randint(0, 20, {9}, at::kLong);
  auto const hidden = torch::randn({9, 8}, at::kDouble).requires_grad_();
  (ease::cross_entropy(hidden, head, targets, 1.0, 4) * 3.0).backward();
  CHECK(apart(hidden.grad(), plain(hidden, head, targets, 3.0).hidden) < 1e-12);
  CHECK(!head.grad().defined());
}
