// SPDX-License-Identifier: Apache-2.0
#include <ease/backend/torch.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/train/calibration/think_threshold.hpp>
#include <ease/train/step/think_tokens.hpp>

#include "catch.hpp"
#include "llm/fixtures.hpp"

namespace {

ease::language_model tiny(ease::precision number = ease::precision::float32) {
  auto model = ease::load_model(ease_test::fixtures / "llama_chat", at::kCPU, number);
  ease::add_think_tokens(model);
  return model;
}

std::vector<ease::threshold_prompts> two_kinds() {
  std::vector<ease::threshold_prompts> kinds{{"odd", true, {}}, {"even", false, {}}};
  for (int i = 0; i < 24; ++i)
    kinds[i % 2 == 1 ? 0 : 1].prompts.push_back({{ease::role::user, fmt::format("{} and {} more words", i, i * i)}});
  return kinds;
}

// Which prompts a greedy answer opens `<think>` for, by the generator itself.
std::vector<bool> generated(ease::language_model model, std::vector<ease::conversation> const& prompts) {
  auto const number = model.net->embed_tokens.scalar_type();
  CHECK(number == at::kFloat);
  std::vector<ease::generation_request> requests;
  for (auto const& p : prompts) requests.push_back({.input = p, .sampling = {.temperature = 0, .max_tokens = 1}});
  std::vector<bool> thinks(prompts.size());
  ease::torch_generator<ease::cpu> generator{std::move(model)};
  generator.generate(requests, [&](std::size_t i, ease::outcome<ease::completion> const& said) {
    thinks[i] = std::get<ease::completion>(said).text.starts_with(ease::think_open);
  });
  return thinks;
}

double rate_of(std::vector<bool> const& thinks) {
  return static_cast<double>(std::count(thinks.begin(), thinks.end(), true)) / static_cast<double>(thinks.size());
}

}  // namespace

TEST_CASE("the reported rates are those of greedy generation, before and after") {
  auto model = tiny();
  auto const kinds = two_kinds();
  std::vector<double> before;
  for (auto const& kind : kinds) before.push_back(rate_of(generated(model, kind.prompts)));
  auto untouched = model.net->lm_head.clone();
  auto const read = model.net->embed_tokens.clone();
  auto const report = ease::set_think_threshold(model, kinds);
  REQUIRE(report.groups.size() == 2);
  for (std::size_t k = 0; k < 2; ++k) {
    CHECK(report.groups[k].think_rate_before == Approx(before[k]));
    CHECK(report.groups[k].think_rate_after == Approx(rate_of(generated(model, kinds[k].prompts))));
    CHECK(report.groups[k].rows == 12);
  }
  // Nothing but one row of the head has changed, and it has.
  auto const think = *model.tokenizer.id_of(ease::think_open);
  auto const changed = (model.net->lm_head != untouched).any(1);
  CHECK(changed.sum().item<std::int64_t>() == 1);
  CHECK(changed[think].item<bool>());
  // What the model reads for <think> is what it was trained to read, also where head and embedding were one.
  CHECK(at::equal(model.net->embed_tokens, read));
  CHECK(!model.net->config.tied);
  // Random weights cannot tell odd from even; the worse side's error is at most a coin's all the same.
  CHECK(std::max(1 - report.groups[0].think_rate_after, report.groups[1].think_rate_after) <= 0.6);
}

TEST_CASE("how many prompts are read at once changes nothing but rounding") {
  auto one = tiny(), other = tiny();
  auto const kinds = two_kinds();
  auto const a = ease::set_think_threshold(one, kinds, 4096), b = ease::set_think_threshold(other, kinds, 1);
  CHECK(a.shift == Approx(b.shift).epsilon(1e-3));
}

TEST_CASE("a model without think tokens, and a side without prompts, are errors") {
  auto plain = ease::load_model(ease_test::fixtures / "llama_chat", at::kCPU, ease::precision::float32);
  auto kinds = two_kinds();
  CHECK_THROWS_WITH(ease::set_think_threshold(plain, kinds), "llama_chat: has no <think> token: fine-tune it first");
  auto model = tiny();
  kinds[1].prompts.clear();
  CHECK_THROWS_WITH(ease::set_think_threshold(model, kinds), Catch::StartsWith("threshold: there are no prompts"));
}
