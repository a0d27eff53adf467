// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <ease/llm/files/random_decoder.hpp>
#include <ease/train/ops/optimizer.hpp>
#include <ease/train/plan.hpp>
#include <ease/train/step/lora.hpp>
#include <random>
#include <vector>

#include "train/apart.hpp"
#include "train/reference.hpp"
// After libtorch: both have a CHECK, and the last one counts.
#include "catch.hpp"

TEST_CASE("AdamW and clipping follow their definitions in float64, norms are not decayed") {
  for (auto const precision : {ease::training_precision::float32, ease::training_precision::mixed}) {
    bool const mixed = precision == ease::training_precision::mixed;
    auto net = ease::random_decoder(reference::tiny_config(), 3);
    std::vector<at::Tensor> weights, firsts, seconds;
    for (auto const& [name, weight] : net.named_parameters()) {
      weights.push_back(weight.to(at::kDouble));
      firsts.push_back(at::zeros_like(weights.back()));
      seconds.push_back(at::zeros_like(weights.back()));
    }
    double const decay = 0.1, limit = 0.5;
    ease::adamw optimizer{net, precision, {.weight_decay = decay}};
    for (int step = 1; step <= 4; ++step) {
      double const rate = 1e-2 / step;
      std::vector<at::Tensor> gradients;
      double squares = 0;
      for (auto const& [name, weight] : net.named_parameters()) {
        gradients.push_back((weight.detach() * (0.1 * step)).cos() * (step == 2 ? 1e-4 : 1e-2));
        squares += gradients.back().to(at::kDouble).square().sum().item<double>();
        weight.mutable_grad() = gradients.back().clone();
      }
      optimizer.collect_gradients();
      CHECK(optimizer.clip(limit) == Approx(std::sqrt(squares)).epsilon(1e-6));
      optimizer.step(rate);
      double const scale = std::min(1.0, limit / (std::sqrt(squares) + 1e-6));
      for (std::size_t i = 0; i < weights.size(); ++i) {
        auto const g = gradients[i].to(at::kDouble) * scale;
        firsts[i] = 0.9 * firsts[i] + 0.1 * g;
        seconds[i] = 0.999 * seconds[i] + 0.001 * g * g;
        if (weights[i].dim() > 1) weights[i] = weights[i] * (1 - rate * decay);
        weights[i] = weights[i] - rate * (firsts[i] / (1 - std::pow(0.9, step))) /
                                      ((seconds[i] / (1 - std::pow(0.999, step))).sqrt() + 1e-8);
      }
    }
    auto const state = optimizer.states();
    auto const computed = net.named_parameters();
    for (std::size_t i = 0; i < weights.size(); ++i) {
      INFO(computed[i].first << (mixed ? ", masters" : ""));
      CHECK(apart(state.weights[i].second, weights[i]) < 1e-6);
      CHECK(apart(state.first_moments[i].second, firsts[i]) < 1e-6);
      CHECK(apart(state.second_moments[i].second, seconds[i]) < 1e-6);
      CHECK(at::equal(computed[i].second.detach(), state.weights[i].second.to(mixed ? at::kBFloat16 : at::kFloat)));
    }
  }
}

TEST_CASE("gradients of several backward passes add up in every precision, and start anew after a step") {
  for (auto const precision :
       {ease::training_precision::float32, ease::training_precision::mixed, ease::training_precision::bfloat16}) {
    for (int const flat_from : {0, 1, 99}) {  // the pass before which somebody asks for one tensor of them all
      auto net = ease::random_decoder(reference::tiny_config(), 3);
      ease::adamw optimizer{net, precision, {}};
      double const expected = 6 * std::sqrt(32.0);
      for (int round = 0; round < 2; ++round) {
        for (int pass = 0; pass < 3; ++pass) {
          if (pass == flat_from) CHECK(optimizer.flat_gradient().numel() == optimizer.parameters());
          (net.final_norm.sum() * 2).backward();
          optimizer.collect_gradients();
        }
        CHECK(optimizer.clip(0) == Approx(expected).epsilon(1e-6));
        CHECK(optimizer.clip(1.0) == Approx(expected).epsilon(1e-6));
        CHECK(optimizer.clip(0) == Approx(1.0).epsilon(1e-6));
        if (flat_from < 3)
          CHECK(optimizer.flat_gradient().to(at::kDouble).norm().item<double>() == Approx(expected).epsilon(1e-6));
        optimizer.step(1e-3);
      }
    }
  }
}

TEST_CASE("a plan counts what a run will do") {
  auto const rows = reference::random_rows(21, 5, 40, 61, 8);
  auto const config = reference::tiny_config();
  ease::training_options const options{.epochs = 2,
                                       .batch_size = 2,
                                       .gradient_accumulation_steps = 2,
                                       .max_length = 39,
                                       .precision = ease::training_precision::mixed,
                                       .micro_batch_tokens = 50};
  auto const plan = ease::plan_training(config, rows, options, at::kCPU);
  std::int64_t parameters = 0;
  for (auto const& [name, weight] : ease::random_decoder(config, 1).named_parameters()) parameters += weight.numel();
  CHECK(plan.parameters == parameters);
  CHECK(plan.rows.kept + plan.rows.too_long == 21);
  CHECK(plan.steps == 2 * ((plan.rows.kept + 3) / 4));
  CHECK(plan.largest_micro_batch <= 50);
  CHECK(plan.micro_batches_per_epoch >= (plan.rows.tokens + 49) / 50);
  CHECK(plan.weights == parameters * 6);
  CHECK(plan.gradients == parameters * 6);
  CHECK(plan.optimiser == parameters * 8);

  // What an epoch holds, counted row by row in the order it is trained in.
  std::vector<std::size_t> lengths;
  for (auto const& row : rows)
    if (row.ids.size() <= 39) lengths.push_back(row.ids.size());
  CHECK(plan.tokens == std::accumulate(lengths.begin(), lengths.end(), std::size_t{0}));
  CHECK(plan.padded_to_max_length == 39 * lengths.size());
  std::size_t padded = 0;
  auto const order = ease::shuffled(lengths.size(), options.seed, 0);
  for (std::size_t i = 0; i < order.size(); i += 2)
    padded += i + 1 < order.size() ? 2 * std::max(lengths[order[i]], lengths[order[i + 1]]) : lengths[order[i]];
  CHECK(plan.padded_to_longest == padded);

  auto with_adapters = options;
  with_adapters.lora = ease::lora_options{.rank = 3, .targets = {"q_proj", "k_proj", "down_proj"}};
  auto net = ease::random_decoder(config, 1);
  ease::add_adapters(net, with_adapters.lora, 1);
  std::int64_t adapters = 0;
  for (auto const& [name, tensor] : ease::adapter_parameters(net)) adapters += tensor.numel();
  auto const small = ease::plan_training(config, rows, with_adapters, at::kCPU);
  CHECK(small.trained_parameters == adapters);
  CHECK(small.weights == parameters * 2 + adapters * 4);
  CHECK(small.optimiser == adapters * 8);
}
