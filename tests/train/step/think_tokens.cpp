// SPDX-License-Identifier: Apache-2.0
#include <ease/llm/decoder/decoder.hpp>
#include <ease/train/step/think_tokens.hpp>

#include "catch.hpp"
#include "llm/fixtures.hpp"

namespace {
ease::language_model small_model() {
  return ease::load_model(ease_test::fixtures / "llama_chat", at::kCPU, ease::precision::float32);
}
}  // namespace

TEST_CASE("a model without think tokens gets two rows of its own near their anchors and unlike each other") {
  auto model = small_model();
  REQUIRE_FALSE(model.tokenizer.id_of("<think>"));
  auto const before = model.net->embed_tokens.clone();
  auto const used = static_cast<std::int64_t>(model.tokenizer.size());
  ease::add_think_tokens(model);
  auto const open = model.tokenizer.id_of("<think>");
  auto const close = model.tokenizer.id_of("</think>");
  REQUIRE(open);
  REQUIRE(close);
  CHECK(*open == used);
  CHECK(*close == used + 1);
  CHECK(model.net->config.vocab == (before.size(0) >= used + 2 ? before.size(0) : (used + 2 + 63) / 64 * 64));
  CHECK(at::equal(model.net->embed_tokens.slice(0, 0, used), before.slice(0, 0, used)));
  auto const first = model.net->embed_tokens.select(0, *open);
  auto const second = model.net->embed_tokens.select(0, *close);
  CHECK_FALSE(at::equal(first, second));
  auto const known = before.slice(0, 0, used);
  std::vector<std::int64_t> anchors;
  for (auto const* text : {"The", "I", "To", "Here", "A"})
    if (auto const ids = model.tokenizer.encode(text); ids.size() == 1) anchors.push_back(ids.front());
  auto const around = anchors.empty() ? known.mean(0) : known.index_select(0, at::tensor(anchors)).mean(0);
  auto const distance = ((first - around) / known.std(0, false)).abs().max().item<double>();
  CHECK(distance > 0);
  CHECK(distance < 0.6);  // a tenth of a standard deviation, times normal noise
}

TEST_CASE("with think tokens a reasoned answer is written with their ids and a direct one without") {
  auto model = small_model();
  ease::add_think_tokens(model);
  auto const open = *model.tokenizer.id_of("<think>");
  ease::conversation const asked{{ease::role::user, "a <think> b"}};
  auto const reasoned = model.chat->example(asked, ease::reasoned{"x", "y"});
  CHECK(std::count(reasoned.ids.begin(), reasoned.ids.end(), open) == 1);  // the one in the prompt is plain text
  auto const direct = model.chat->example(asked, ease::direct{"y"});
  CHECK(std::count(direct.ids.begin(), direct.ids.end(), open) == 0);
}

TEST_CASE("think tokens that are there already are left as they are") {
  auto model = small_model();
  ease::add_think_tokens(model);
  auto const rows = model.net->embed_tokens.clone();
  ease::add_think_tokens(model, 7);
  CHECK(at::equal(model.net->embed_tokens, rows));
}
