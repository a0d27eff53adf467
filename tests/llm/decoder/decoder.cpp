// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <ease/io/tensors/gguf.hpp>
#include <ease/io/tensors/safetensors_folder.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/decoder/forward.hpp>
#include <ease/llm/files/config_gguf.hpp>
#include <ease/llm/files/config_json.hpp>
#include <ease/llm/files/random_decoder.hpp>
#include <ease/llm/files/weights.hpp>
#include <ease/llm/resize_vocabulary.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "catch.hpp"
#include "llm/fixtures.hpp"

namespace {

namespace fs = std::filesystem;
using namespace ease_test;

ease::decoder load(std::string const& name, at::ScalarType type) {
  if (auto const gguf = fixtures / (name + ".gguf"); exists(gguf)) {
    ease::gguf_file const file{gguf};
    return ease::load_weights(ease::read_config(file), file, at::kCPU, type);
  }
  auto const folder = fixtures / name;
  return ease::load_weights(ease::read_config(folder / "config.json"), ease::safetensors_folder{folder}, at::kCPU, type);
}

std::vector<std::string> const every_model{
    "llama_gqa_untied", "llama_mha_tied", "llama3_rope", "llama_head_size", "qwen2_tied", "qwen2_untied",
    "qwen3_sharded",    "llama_chat",     "llama",       "qwen2",           "llama3"};

}  // namespace

TEST_CASE("float32 logits are transformers' own, for every branch and both file formats") {
  for (auto const& name : every_model) {
    auto const expected = expected_of(name);
    double const difference =
        farthest(logits_of(load(name, at::kFloat), expected), tensor_of(expected, "logits", at::kFloat));
    INFO(name);
    CHECK(difference < 2e-5);
  }
}

TEST_CASE("bfloat16 logits are no farther from float32 than transformers' are") {
  double ratios = 0.0;  // on tiny models chance moves each ratio by a tenth; together they tell
  for (auto const& name : every_model) {
    auto const expected = expected_of(name);
    auto const exact = tensor_of(expected, "logits", at::kFloat);
    auto const ours = logits_of(load(name, at::kBFloat16), expected).to(at::kFloat);
    double const off = typical(ours, exact), theirs = typical(tensor_of(expected, "logits_bf16", at::kFloat), exact);
    INFO(name);
    CHECK(off < 1.25 * theirs);
    CHECK(off > 0.0);
    ratios += off / theirs;
  }
  CHECK(ratios / static_cast<double>(every_model.size()) < 1.05);
}

TEST_CASE("parameters have Hugging Face's names and shapes, a tied weight once") {
  auto const tied = load("llama_mha_tied", at::kFloat), untied = load("qwen2_untied", at::kFloat);
  auto const named = untied.named_parameters();
  CHECK(named.size() == 2 * 12 + 3);
  CHECK(named.front().first == "model.embed_tokens.weight");
  CHECK(named.back().first == "lm_head.weight");
  CHECK(tied.named_parameters().size() == 2 * 9 + 2);
  CHECK(tied.lm_head.is_same(tied.embed_tokens));
  ease::decoder::each_parameter(untied, [](ease::parameter const& p, at::Tensor const& weight) {
    CAPTURE(p.name);
    CHECK(weight.sizes() == at::IntArrayRef{p.shape});
    CHECK(p.norm == p.name.ends_with("norm.weight"));
  });
}

TEST_CASE("loaded weights train: gradients reach every parameter, and steps change the logits") {
  for (auto const* name : {"qwen2_tied", "qwen3_sharded", "llama"}) {
    auto const expected = expected_of(name);
    auto net = load(name, at::kFloat);
    for (auto& [parameter, weight] : net.named_parameters()) weight.set_requires_grad(true);
    at::Tensor const ids = tensor_of(expected, "ids", at::kLong), at = tensor_of(expected, "positions", at::kLong);
    at::Tensor const loss = net.logits(net.hidden(ids, at, causal)).square().mean();
    loss.backward();
    for (auto& [parameter, weight] : net.named_parameters()) {
      INFO(name << ' ' << parameter);
      CHECK(weight.is_leaf());
      REQUIRE(weight.grad().defined());
      CHECK(weight.grad().abs().sum().item<double>() > 0.0);
      c10::NoGradGuard const no_gradient;
      weight.sub_(weight.grad(), 0.1);
    }
    CHECK(net.logits(net.hidden(ids, at, causal)).square().mean().item<double>() < loss.item<double>());
    CHECK(farthest(logits_of(load(name, at::kFloat), expected), tensor_of(expected, "logits", at::kFloat)) < 2e-5);
  }
}

TEST_CASE("gradients are those of finite differences") {
  auto net =
      ease::random_decoder({"Qwen3ForCausalLM", 8, 2, 2, 1, 4, 12, 11, 32, 100.0, 1e-6, false, true, true, {}}, 3, 0.4);
  at::Tensor const ids = at::arange(7, at::kLong), weights = at::randn({7, 11}, at::kDouble);
  ease::decoder::each_parameter(net, [](auto const&, at::Tensor& w) { w = w.to(at::kDouble).set_requires_grad(true); });
  auto const loss = [&] { return (net.logits(net.hidden(ids, ids, causal)) * weights).sum(); };
  loss().backward();
  c10::NoGradGuard const no_gradient;
  for (auto& [name, weight] : net.named_parameters()) {
    at::Tensor const direction = at::randn_like(weight), kept = weight.clone();
    double const step = 1e-6, slope = (weight.grad() * direction).sum().item<double>();
    weight.add_(direction, step);
    double const above = loss().item<double>();
    weight.copy_(kept).sub_(direction, step);
    double const below = loss().item<double>();
    weight.copy_(kept);
    INFO(name);
    CHECK((above - below) / (2 * step) == Approx(slope).epsilon(2e-4).margin(1e-4));
  }
}

TEST_CASE("new vocabulary rows start at the mean of the old, and tying stays") {
  auto tied = load("llama_mha_tied", at::kFloat), untied = load("llama_gqa_untied", at::kFloat);
  at::Tensor const mean = tied.embed_tokens.mean(0), head_mean = untied.lm_head.mean(0);
  resize_vocabulary(tied, 70);
  resize_vocabulary(untied, 66);
  CHECK(tied.config.vocab == 70);
  CHECK(tied.embed_tokens.sizes() == at::IntArrayRef{70, 32});
  CHECK(tied.lm_head.is_same(tied.embed_tokens));
  CHECK(at::allclose(tied.embed_tokens[69], mean));
  CHECK(at::allclose(untied.lm_head[65], head_mean));
  CHECK_FALSE(untied.lm_head.is_same(untied.embed_tokens));
  CHECK_THROWS_WITH(resize_vocabulary(tied, 64), Catch::Contains("cannot shrink"));
  resize_vocabulary(tied, 70);
  CHECK(tied.embed_tokens.size(0) == 70);
}

TEST_CASE("random weights depend on the seed alone") {
  ease::model_config const c{"LlamaForCausalLM", 8, 1, 2, 1, 4, 12, 11, 32, 100.0, 1e-6, true, false, false, {}};
  CHECK(at::equal(ease::random_decoder(c, 1).embed_tokens, ease::random_decoder(c, 1).embed_tokens));
  CHECK_FALSE(at::equal(ease::random_decoder(c, 1).embed_tokens, ease::random_decoder(c, 2).embed_tokens));
}
