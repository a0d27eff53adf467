// SPDX-License-Identifier: Apache-2.0
#include <torch/torch.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <ease/llm/decoder/forward.hpp>
#include <ease/llm/files/random_decoder.hpp>
#include <ease/train/batches/packed_batch.hpp>
#include <ease/train/ops/fused_layer.hpp>
#include <numeric>
#include <vector>

#include "train/apart.hpp"
#include "train/reference.hpp"
// After libtorch: both have a CHECK, and the last one counts.
#include "catch.hpp"

namespace {

// The output and the gradients of its product with fixed numbers.
template <class F>
std::vector<at::Tensor> through(F const& f, std::vector<at::Tensor> inputs) {
  for (auto& x : inputs) x = x.detach().clone().requires_grad_();
  auto const out = f(inputs);
  (out * at::arange(out.numel(), at::kDouble).cos().view_as(out).to(out.scalar_type())).sum().backward();
  std::vector<at::Tensor> all{out.detach()};
  for (auto const& x : inputs) all.push_back(x.grad());
  return all;
}

// Attention and its gradients in float32 and bfloat16 are those of float64, which goes through libtorch's attention.
void check_against_float64(std::vector<std::int64_t> const& lengths, std::int64_t heads, std::int64_t kv_heads,
                           std::int64_t d) {
  auto const n = std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0});
  auto const q = torch::randn({n, heads, d}, at::kDouble), k = torch::randn({n, kv_heads, d}, at::kDouble),
             v = torch::randn({n, kv_heads, d}, at::kDouble);
  auto const attend = [&](std::vector<at::Tensor> const& x) { return ease::packed_attention{lengths}(0, x[0], x[1], x[2]); };
  auto const exact = through(attend, {q, k, v});
  auto const single = through(attend, {q.to(at::kFloat), k.to(at::kFloat), v.to(at::kFloat)});
  auto const half = through(attend, {q.to(at::kBFloat16), k.to(at::kBFloat16), v.to(at::kBFloat16)});
  for (std::size_t i = 0; i < exact.size(); ++i) {
    INFO(heads << " heads, " << kv_heads << " key heads, tensor " << i);
    CHECK(apart(single[i], exact[i]) < 1e-6);
    CHECK(apart(half[i], exact[i]) < 0.02);
  }
}

}  // namespace

TEST_CASE("attention by rows is that of float64, for any length and grouping, and rows do not see each other") {
  torch::manual_seed(1);
  for (auto const kv_heads : {1, 2, 6}) check_against_float64({1, 7, 8, 9, 64, 33}, 6, kv_heads, 16);
}

TEST_CASE("rows of one length are one dense product, with the result of each row alone") {
  torch::manual_seed(4);
  auto const q = torch::randn({33, 4, 8}, at::kDouble), k = torch::randn({33, 2, 8}, at::kDouble);
  auto const together = ease::packed_attention{{11, 11, 11}}(0, q, k, k);
  for (std::int64_t row = 0; row < 3; ++row) {
    auto const of = [&](at::Tensor const& x) { return x.narrow(0, 11 * row, 11); };
    CHECK(apart(of(together), ease::packed_attention{{11}}(0, of(q), of(k), of(k))) < 1e-14);
  }
}

TEST_CASE("a padded batch holds the rows' own tokens first, and asks for those alone") {
  std::vector<ease::tokenized_example> const rows{{{5, 6, 7}, {0, 1, 1}}, {{8}, {1}}, {{9, 4}, {0, 1}}};
  std::vector<std::size_t> const chosen{0, 2};
  auto const batch = ease::packed_batch::of(rows, chosen, at::kCPU, /*padded=*/true);
  CHECK(batch.lengths == std::vector<std::int64_t>{3, 3});
  CHECK(at::equal(batch.ids, at::tensor({5, 6, 7, 9, 4, 0}, at::kLong)));
  CHECK(at::equal(batch.positions, at::tensor({0, 1, 2, 0, 1, 2}, at::kLong)));
  CHECK(at::equal(batch.sources, at::tensor({0, 1, 3}, at::kLong)));
  CHECK(at::equal(batch.targets, at::tensor({6, 7, 4}, at::kLong)));
}

TEST_CASE("attention of long rows, and of heads that fill a tile, is that of float64") {
  torch::manual_seed(2);
  for (auto const& [heads, kv_heads, d] : {std::array{3, 1, 64}, std::array{4, 2, 40}})
    check_against_float64({700, 64, 65, 1, 300}, heads, kv_heads, d);
}

TEST_CASE("attention has the same bits on any number of threads") {
  torch::manual_seed(5);
  auto const q = torch::randn({410, 6, 32}), k = torch::randn({410, 2, 32}), v = torch::randn({410, 2, 32});
  auto const attend = [](std::vector<at::Tensor> const& x) {
    return ease::packed_attention{{300, 110}}(0, x[0], x[1], x[2]);
  };
  auto const threads = at::get_num_threads();
  std::vector<at::Tensor> by_one, by_three;
  at::set_num_threads(1), by_one = through(attend, {q, k, v});
  at::set_num_threads(3), by_three = through(attend, {q, k, v});
  at::set_num_threads(threads);
  for (std::size_t i = 0; i < by_one.size(); ++i) CHECK(at::equal(by_one[i], by_three[i]));
}

TEST_CASE("the fused layer is the decoder's layer, forwards and backwards") {
  auto const net = ease::random_decoder(reference::tiny_config(), 4, 0.2);
  torch::manual_seed(3);
  auto const x = torch::randn({40, 32});
  auto const rotation = net.rotary_at(at::arange(40));
  ease::packed_attention const attend{{40}};
  auto weights = net.layers[1];
  auto const run = [&](auto const& layer) {
    auto all = through([&](std::vector<at::Tensor> const& in) { return layer(in.front()); }, {x});
    for (auto* w : {&weights.attention_norm, &weights.mlp_norm, &weights.gate_proj.weight, &weights.q_proj.weight,
                    &weights.down_proj.weight}) {
      all.push_back(w->grad().clone());
      w->mutable_grad().reset();
    }
    return all;
  };
  for (auto* w : {&weights.attention_norm, &weights.mlp_norm, &weights.gate_proj.weight, &weights.q_proj.weight,
                  &weights.down_proj.weight})
    w->set_requires_grad(true);
  auto const plain = run([&](at::Tensor const& in) { return net.layer(1, in, rotation, attend); });
  auto const fused = run([&](at::Tensor const& in) { return ease::training_layer(net, 1, in, rotation, attend); });
  for (std::size_t i = 0; i < plain.size(); ++i) {
    INFO("tensor " << i);
    CHECK(apart(fused[i], plain[i]) < 2e-6);
  }
}
