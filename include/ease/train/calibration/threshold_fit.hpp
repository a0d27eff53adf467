// SPDX-License-Identifier: Apache-2.0
#pragma once
// Fits the change of the row of `<think>` that separates prompts that should be thought about from those that should not:
// logistic regression on the final hidden states where answers begin, with an L2 penalty on the change of the row as trained
// (ridge). The penalty is chosen by cross-validation: the least log-loss on prompts that the row was not fitted to. Near
// duplicates stay in one fold (grouped folds), since a jailbreak template that the row was fitted to says nothing about new
// ones: with folds that ignore that, thinking was expected on 100 % of the demo's jailbreaks, and 82 % of new ones did.
// Solved in the dual, whose size is the number of prompts: the change is a sum of their states. Everything is float64.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/method/threshold/threshold.hpp>
#include <functional>
#include <limits>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// Prompts of all groups: their states [n, hidden], margins as trained [n], and the group of each.
struct threshold_states {
  at::Tensor states, margins;
  std::vector<std::size_t> group;       // [n]
  std::vector<threshold_group> groups;  // names and sides; margins are not read
  std::vector<std::size_t> cluster{};   // [n]: prompts of one cluster stay in one fold; empty: each is its own

  // The groups with their margins of `some`, float64 [n].
  std::vector<threshold_group> with(at::Tensor const& some) const {
    auto filled = groups;
    for (auto& g : filled) g.margins.clear();
    auto const values = some.contiguous();
    for (std::size_t i = 0; i < group.size(); ++i) filled[group[i]].margins.push_back(values.const_data_ptr<double>()[i]);
    return filled;
  }
};

struct threshold_fit {
  at::Tensor change;    // [hidden], to be added to the row; zeros where no change was better than the row as trained
  at::Tensor expected;  // [n]: cross-validated margins, by rows that were fitted without the prompt
  double l2_penalty{std::numeric_limits<double>::infinity()};  // infinity: no change
};

namespace detail {

// The dual weights a [n] that minimise sum_i w_i log(1 + exp(-+(m_i + (G a)_i))) + l2_penalty / 2 a^T G a, by Newton's
// method with step halving. gram [n, n] = G, margins m, targets 0 or 1, weights w [n].
// Where the penalty is small a is large (w / l2_penalty) and G a cancels, so that the loss has no digits left for the last
// steps: these are judged by the gradient, which loses no digits to a's size.
inline at::Tensor logistic_dual(at::Tensor const& gram, at::Tensor const& margins, at::Tensor const& targets,
                                at::Tensor const& weights, double l2_penalty) {
  auto a = at::zeros_like(margins);
  auto const signs = 2 * targets - 1;
  auto const loss_at = [&](at::Tensor const& x) {
    auto const z = margins + at::mv(gram, x);
    return ((weights * at::softplus(-signs * z)).sum() + l2_penalty / 2 * at::dot(x, at::mv(gram, x))).item<double>();
  };
  auto const gradient_at = [&](at::Tensor const& x, at::Tensor const& p) {
    return l2_penalty * x + weights * (p - targets);
  };
  auto const largest = [](at::Tensor const& of) { return of.abs().max().item<double>(); };
  auto loss = loss_at(a);
  bool by_loss = true;
  for (int round = 0; round < 100; ++round) {
    auto const p = at::sigmoid(margins + at::mv(gram, a));
    auto const gradient = gradient_at(a, p);
    if (largest(gradient) < 1e-12) break;
    auto jacobian = (weights * p * (1 - p)).unsqueeze(1) * gram;
    jacobian.diagonal().add_(l2_penalty);
    auto const step = at::linalg_solve(jacobian, gradient);
    if (by_loss) {
      double size = 1;
      auto next = loss_at(a - step);
      for (int halved = 0; next > loss && halved < 30; ++halved) next = loss_at(a - (size /= 2) * step);
      if (next < loss) {
        a = a - size * step;
        loss = next;
        continue;
      }
      by_loss = false;  // no descent is left beyond the loss's rounding
    }
    auto const there = a - step;
    if (!(largest(gradient_at(there, at::sigmoid(margins + at::mv(gram, there)))) < largest(gradient))) break;
    a = there;
  }
  return a;
}

// The fold of each prompt: the largest clusters first, each to the fold that has fewest prompts of its group so far.
inline std::vector<std::int64_t> assign_folds(threshold_states const& all, std::size_t folds) {
  auto const n = all.group.size();
  std::map<std::size_t, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < n; ++i) members[all.cluster.empty() ? i : all.cluster[i]].push_back(i);
  std::vector<std::vector<std::size_t> const*> order;
  for (auto const& [number, prompts] : members) order.push_back(&prompts);
  std::ranges::stable_sort(order, std::greater{}, [](auto const* prompts) { return prompts->size(); });
  std::vector<std::vector<std::size_t>> filled(all.groups.size(), std::vector<std::size_t>(folds));
  std::vector<std::int64_t> fold(n);
  for (auto const* prompts : order) {
    auto const& of_group = filled[all.group[prompts->front()]];
    auto const to = std::ranges::min_element(of_group) - of_group.begin();
    for (auto const i : *prompts) {
      fold[i] = to;
      ++filled[all.group[i]][static_cast<std::size_t>(to)];
    }
  }
  return fold;
}

}  // namespace detail

inline threshold_fit fit_threshold(threshold_states const& all) {
  c10::NoGradGuard const no_gradients;
  constexpr std::size_t folds = 5, fewest = 2 * folds;  // prompts of a group; below, errors say too little
  constexpr std::array l2_penalties{1.0, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5};
  auto const n = all.group.size();
  std::vector<std::size_t> sizes(all.groups.size());
  for (auto const g : all.group) ++sizes[g];
  auto const fold = detail::assign_folds(all, folds);

  // Each side weighs 1, each group of a side alike.
  std::array<double, 2> of_side{};
  for (std::size_t g = 0; g < sizes.size(); ++g) of_side[all.groups[g].thinks ? 1 : 0] += sizes[g] > 0 ? 1 : 0;
  std::vector<double> target(n), weight(n);
  for (std::size_t i = 0; i < n; ++i) {
    bool const thinks = all.groups[all.group[i]].thinks;
    target[i] = thinks ? 1 : 0;
    weight[i] = 1 / (of_side[thinks ? 1 : 0] * static_cast<double>(sizes[all.group[i]]));
  }
  auto const targets = at::tensor(target, at::kDouble), weights = at::tensor(weight, at::kDouble),
             folded = at::tensor(fold, at::kLong);
  auto const scale = all.states.square().sum(1).mean();
  auto const gram = at::mm(all.states, all.states.t()) / scale;

  auto const loss_of = [&](at::Tensor const& margins) {
    return (weights * at::softplus((1 - 2 * targets) * margins)).sum().item<double>();
  };
  // The worst group's error rate at the minimax threshold.
  auto const error_of = [&](at::Tensor const& margins) {
    auto const groups = all.with(margins);
    auto const shift = minimax_threshold(groups);
    double worst = 0;
    for (auto const& g : groups) worst = std::max(worst, g.error_at(shift));
    return worst;
  };

  threshold_fit const none{.change = at::zeros({all.states.size(1)}, at::kDouble), .expected = all.margins};
  for (auto const size : sizes)
    if (size > 0 && size < fewest) return none;
  auto fit = none;
  auto least = loss_of(all.margins);
  for (auto const l2_penalty : l2_penalties) {
    auto expected = at::empty_like(all.margins);
    for (std::size_t f = 0; f < folds; ++f) {
      auto const others = (folded != static_cast<std::int64_t>(f)).nonzero().squeeze(1);
      auto const these = (folded == static_cast<std::int64_t>(f)).nonzero().squeeze(1);
      auto const columns = gram.index_select(1, others);
      auto const a = detail::logistic_dual(columns.index_select(0, others), all.margins.index_select(0, others),
                                           targets.index_select(0, others), weights.index_select(0, others), l2_penalty);
      expected.index_copy_(0, these, all.margins.index_select(0, these) + at::mv(columns.index_select(0, these), a));
    }
    if (auto const loss = loss_of(expected); loss < least) {
      least = loss;
      fit = {.change = {}, .expected = std::move(expected), .l2_penalty = l2_penalty};
    }
  }
  if (!(error_of(fit.expected) < error_of(all.margins))) return none;  // no improvement: the row stays as it is
  fit.change = at::mv(all.states.t(), detail::logistic_dual(gram, all.margins, targets, weights, fit.l2_penalty)) / scale;
  return fit;
}

}  // namespace ease::inline v1
