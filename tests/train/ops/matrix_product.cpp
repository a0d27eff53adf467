// SPDX-License-Identifier: Apache-2.0
#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <ease/train/ops/matrix_product.hpp>
#include <limits>

#include "catch.hpp"
#include "train/apart.hpp"

namespace {

using ease::detail::product_into;
using ease::detail::product_of;

}  // namespace

TEST_CASE("float32 products are those of float64, whatever is transposed and whatever is left over from tiles") {
  torch::manual_seed(1);
  for (auto const& [m, k, n] : {std::array<std::int64_t, 3>{1, 1, 1},
                                {64, 64, 64},
                                {63, 65, 130},
                                {200, 300, 7},
                                {5, 2100, 70},
                                {130, 257, 1},
                                {257, 40, 96}})
    for (int which = 0; which < 4; ++which) {
      INFO(m << " x " << k << " x " << n << ", transposed: " << which);
      auto const a = which & 1 ? torch::randn({k, m}).t() : torch::randn({m, k});
      auto const b = which & 2 ? torch::randn({n, k}).t() : torch::randn({k, n});
      auto const exact = at::mm(a.to(at::kDouble), b.to(at::kDouble));
      CHECK(apart(product_of(a, b), exact) < 1e-6);
      auto const before = torch::randn({m, n});
      auto sum = before.clone();
      product_into(sum, a, b, /*add=*/true);
      CHECK(apart(sum, exact + before.to(at::kDouble)) < 1e-6);
    }
}

TEST_CASE("a part of a matrix can be multiplied, and what is no number stays in its own row") {
  torch::manual_seed(2);
  auto const whole = torch::randn({100, 90});
  auto const part = whole.narrow(0, 10, 70).narrow(1, 3, 33);
  auto const w = torch::randn({50, 33});
  CHECK(apart(product_of(part, w.t()), at::mm(part.to(at::kDouble), w.t().to(at::kDouble))) < 1e-6);
  CHECK(apart(product_of(part.t(), whole.narrow(0, 0, 70)),
              at::mm(part.t().to(at::kDouble), whole.narrow(0, 0, 70).to(at::kDouble))) < 1e-6);
  whole.narrow(0, 20, 1).fill_(std::numeric_limits<float>::quiet_NaN());
  auto const out = product_of(part, w.t());
  CHECK(out.isnan().any(1).sum().item<std::int64_t>() == 1);
  CHECK(out[10].isnan().all().item<bool>());
}
