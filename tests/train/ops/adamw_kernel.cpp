// SPDX-License-Identifier: Apache-2.0
#include <torch/torch.h>

#include <cmath>
#include <cstdint>
#include <ease/train/ops/adamw_kernel.hpp>
#include <vector>

#include "train/apart.hpp"
// After libtorch: both have a CHECK, and the last one counts.
#include "catch.hpp"

TEST_CASE("a step of AdamW is float64's in each format, also where sizes fill no vector or several pieces") {
  torch::manual_seed(5);
  double const rate = 3e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, scale = 0.25, t = 3;
  struct formats {
    at::ScalarType weight, gradient;
    bool copy;
  };
  for (auto const& how : {formats{at::kFloat, at::kFloat, false}, formats{at::kFloat, at::kBFloat16, true},
                          formats{at::kBFloat16, at::kBFloat16, false}}) {
    std::vector<ease::detail::adamw_parameter> parameters;
    std::vector<at::Tensor> weights, firsts, seconds;
    for (std::int64_t const size : {1, 7, 8, 13, 32768, 70001}) {
      double const keep = size % 2 == 0 ? 1 - rate * 0.1 : 1;
      auto const draw = [&](double width) { return (torch::randn({size}) * width).to(how.weight); };
      parameters.push_back({draw(1), draw(1e-2).to(how.gradient), draw(1e-3), draw(1e-3).square(),
                            how.copy ? at::zeros({size}, at::kBFloat16) : at::Tensor{}, static_cast<float>(keep)});
      auto const& p = parameters.back();
      auto const g = p.gradient.to(at::kDouble) * scale;
      firsts.push_back(beta1 * p.first.to(at::kDouble) + (1 - beta1) * g);
      seconds.push_back(beta2 * p.second.to(at::kDouble) + (1 - beta2) * g * g);
      weights.push_back(p.weight.to(at::kDouble) * keep -
                        rate * (firsts.back() / (1 - std::pow(beta1, t))) /
                            ((seconds.back() / (1 - std::pow(beta2, t))).sqrt() + epsilon));
    }
    ease::detail::adamw_step(parameters, {.scale = static_cast<float>(scale),
                                          .beta2 = static_cast<float>(beta2),
                                          .epsilon = static_cast<float>(epsilon),
                                          .one_minus_beta1 = static_cast<float>(1 - beta1),
                                          .one_minus_beta2 = static_cast<float>(1 - beta2),
                                          .step_size = static_cast<float>(rate / (1 - std::pow(beta1, t))),
                                          .root_correction = static_cast<float>(1 / std::sqrt(1 - std::pow(beta2, t)))});
    double const most = how.weight == at::kFloat ? 1e-6 : 1.0 / 256;  // half a unit in the last place of bfloat16
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      INFO(parameters[i].weight.numel() << " numbers, " << toString(how.weight) << ", " << toString(how.gradient));
      CHECK(apart(parameters[i].weight, weights[i]) < most);
      CHECK(apart(parameters[i].first, firsts[i]) < most);
      CHECK(apart(parameters[i].second, seconds[i]) < most);
      if (how.copy) CHECK(at::equal(parameters[i].copy, parameters[i].weight.to(at::kBFloat16)));
    }
  }
}
