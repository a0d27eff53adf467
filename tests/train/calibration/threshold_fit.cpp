// SPDX-License-Identifier: Apache-2.0
#include <torch/torch.h>

#include <cmath>
#include <ease/train/calibration/threshold_fit.hpp>

// After libtorch: both have a CHECK, and the last one counts.
#include "catch.hpp"

namespace {

// Groups of `count` states: the first group thinks. Margins as trained see the first coordinate alone, while the sides
// differ along the second by `apart` standard deviations.
ease::threshold_states made(std::int64_t count, double apart, double margin_noise = 1) {
  torch::manual_seed(1);
  ease::threshold_states all;
  all.groups = {{"think", true, {}}, {"direct", false, {}}, {"hard", false, {}}};
  std::vector<at::Tensor> states;
  for (std::size_t g = 0; g < 3; ++g) {
    auto x = torch::randn({count, 12}, at::kDouble);
    x.select(1, 1).add_(g == 0 ? apart / 2 : -apart / 2);
    x.select(1, 2).add_(5);  // what all states have in common
    states.push_back(x);
    all.group.resize(all.group.size() + static_cast<std::size_t>(count), g);
  }
  all.states = at::cat(states);
  all.margins = all.states.select(1, 0) * margin_noise;
  return all;
}

double worst(ease::threshold_states const& all, at::Tensor const& margins) {
  auto groups = all.groups;
  for (std::size_t i = 0; i < all.group.size(); ++i)
    groups[all.group[i]].margins.push_back(margins[static_cast<std::int64_t>(i)].item<double>());
  auto const shift = ease::minimax_threshold(groups);
  double most = 0;
  for (auto const& g : groups) most = std::max(most, g.error_at(shift));
  return most;
}

}  // namespace

TEST_CASE("the dual weights are those of the primal optimum: its gradient is zero there, and it lies above all around") {
  torch::manual_seed(2);
  auto const x = torch::randn({40, 7}, at::kDouble), margins = torch::randn({40}, at::kDouble) * 3;
  auto const targets = (torch::rand({40}, at::kDouble) > 0.4).to(at::kDouble), weights = torch::rand({40}, at::kDouble);
  for (auto const l2_penalty : {1.0, 1e-3, 1e-6}) {
    auto const change = at::mv(x.t(), ease::detail::logistic_dual(at::mm(x, x.t()), margins, targets, weights, l2_penalty));
    // The primal loss, written down anew and differentiated by libtorch. Not by the logarithm of 1 - p, which has no digits
    // left where p is nearly 1.
    auto const loss = [&](at::Tensor const& d) {
      auto const z = margins + at::mv(x, d);
      return (-weights * (targets * at::log_sigmoid(z) + (1 - targets) * at::log_sigmoid(-z))).sum() +
             l2_penalty / 2 * d.square().sum();
    };
    auto d = change.clone().requires_grad_();
    auto const least = loss(d);
    least.backward();
    INFO("l2_penalty " << l2_penalty);
    // At the smallest penalty the dual weights are near 1e6, of which the gradient keeps ten digits.
    CHECK(d.grad().abs().max().item<double>() < 1e-8);
    for (int i = 0; i < 20; ++i)
      CHECK(loss(change + 0.1 * torch::randn({7}, at::kDouble)).item<double>() > least.item<double>());
  }
}

TEST_CASE("a row that looks the wrong way is turned, and errors on prompts it was not fitted to are told honestly") {
  auto const all = made(60, 4);
  auto const fit = ease::fit_threshold(all);
  CHECK(std::isfinite(fit.l2_penalty));
  CHECK(worst(all, all.margins) > 0.35);
  CHECK(worst(all, fit.expected) < 0.12);  // the best possible is the tail beyond 2 standard deviations, 2.3 %
  // New prompts of the same kinds fare as expected.
  torch::manual_seed(9);
  auto other = made(60, 4);
  other.states = at::cat({torch::randn({60, 12}, at::kDouble), torch::randn({120, 12}, at::kDouble)});
  other.states.select(1, 2).add_(5);
  other.states.narrow(0, 0, 60).select(1, 1).add_(2);
  other.states.narrow(0, 60, 120).select(1, 1).sub_(2);
  auto const margins = other.states.select(1, 0) + at::mv(other.states, fit.change);
  CHECK(worst(other, margins) < 0.12);
}

TEST_CASE("where there is nothing to gain the row stays as it was trained") {
  auto const noise = made(60, 0);
  CHECK(worst(noise, ease::fit_threshold(noise).expected) > 0.25);  // nothing tells the sides apart, and none is claimed to
  auto right = made(60, 8);
  right.margins = right.states.select(1, 1) * 5;
  auto const fit = ease::fit_threshold(right);
  CHECK(std::isinf(fit.l2_penalty));
  CHECK(fit.change.abs().max().item<double>() == 0);
  CHECK(at::equal(fit.expected, right.margins));
}

TEST_CASE("groups of fewer than ten prompts do not turn the row") {
  auto const fit = ease::fit_threshold(made(9, 4));
  CHECK(std::isinf(fit.l2_penalty));
}

TEST_CASE("where prompts share wrappers, errors are those on new wrappers") {
  // Twelve wrappers a side, five prompts of each. Which side a wrapper is on is chance: nothing of it carries over.
  torch::manual_seed(3);
  constexpr std::int64_t wrappers = 24, each = 5, width = 64;
  ease::threshold_states all;
  all.groups = {{"think", true, {}}, {"direct", false, {}}};
  all.states = torch::randn({wrappers, width}, at::kDouble).repeat_interleave(each, 0) +
               0.1 * torch::randn({wrappers * each, width}, at::kDouble);
  all.margins = torch::randn({wrappers * each}, at::kDouble);
  for (std::size_t i = 0; i < wrappers * each; ++i) all.group.push_back(i / each % 2);
  // as if what was learnt of a wrapper were of use for new ones
  CHECK(worst(all, ease::fit_threshold(all).expected) < 0.05);
  for (std::size_t i = 0; i < wrappers * each; ++i) all.cluster.push_back(i / each);
  CHECK(worst(all, ease::fit_threshold(all).expected) > 0.3);

  auto const fold = ease::detail::assign_folds(all, 5);
  std::vector<std::vector<std::size_t>> filled(2, std::vector<std::size_t>(5));
  for (std::size_t i = 0; i < fold.size(); ++i) {
    CHECK(fold[i] == fold[i / each * each]);
    ++filled[all.group[i]][static_cast<std::size_t>(fold[i])];
  }
  for (auto const& of_group : filled)  // 12 wrappers in 5 folds
    CHECK(std::ranges::minmax(of_group).max - std::ranges::minmax(of_group).min <= each);
}
