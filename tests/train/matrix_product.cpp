#include "ease/train/matrix_product.hpp"

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <limits>

#include "catch.hpp"

namespace {

using ease::detail::product_into;
using ease::detail::product_of;

double apart(at::Tensor const& a, at::Tensor const& b) {
  return ((a.to(at::kDouble) - b.to(at::kDouble)).norm() / b.to(at::kDouble).norm()).item<double>();
}

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

TEST_CASE("a linear layer of tiles has the gradients of libtorch's in float64; what is frozen gets none") {
  torch::manual_seed(3);
  auto const x = torch::randn({37, 20}), w = torch::randn({51, 20}), by = torch::randn({37, 51});
  auto const leaf = [](at::Tensor const& t) { return t.detach().clone().requires_grad_(); };
  auto const x1 = leaf(x), w1 = leaf(w), x2 = leaf(x.to(at::kDouble)), w2 = leaf(w.to(at::kDouble));
  ease::detail::tile_linear::apply(x1, w1).backward(by);
  at::linear(x2, w2).backward(by.to(at::kDouble));
  CHECK(apart(x1.grad(), x2.grad()) < 1e-6);
  CHECK(apart(w1.grad(), w2.grad()) < 1e-6);
  auto const x3 = leaf(x);
  ease::detail::tile_linear::apply(x3, w).backward(by);
  CHECK(at::equal(x3.grad(), x1.grad()));
  CHECK_FALSE(w.grad().defined());
}
