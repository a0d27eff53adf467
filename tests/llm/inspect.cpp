// SPDX-License-Identifier: Apache-2.0
// What a model's files say of it, against the same model loaded.
#include <ease/core/error.hpp>
#include <ease/llm/inspect.hpp>
#include <ease/llm/model.hpp>
#include <string>

#include "catch.hpp"

using namespace ease;

TEST_CASE("a model is described without its weights") {
  std::string const path{EASE_FIXTURES "/llm/llama_chat"};
  auto const facts = inspect_model(path);
  auto const model = load_model(path, std::nullopt, precision::float32, {});
  auto const& c = model.config();
  CHECK(facts.layers == c.layers);
  CHECK(facts.hidden == c.hidden);
  CHECK(facts.vocabulary == c.vocab);
  CHECK(facts.token_ids == static_cast<std::int64_t>(tokenizer_of(path).size()));
  CHECK(facts.idle_rows == facts.vocabulary - facts.token_ids);
  CHECK(facts.chat.empty() == !model.chat.has_value());
}

TEST_CASE("a model that is not there is an error with a way out") {
  CHECK_THROWS_WITH(inspect_model("/none"), Catch::Contains("no such model"));
  CHECK_THROWS_WITH(tokenizer_of("openai:m@http://h"), Catch::Contains("a remote model"));
}
