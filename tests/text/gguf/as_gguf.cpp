// SPDX-License-Identifier: Apache-2.0
#include <ease/text/gguf/as_gguf.hpp>
#include <string>
#include <utility>

#include "catch.hpp"
#include "text/fixture.hpp"

using namespace ease;
using Catch::Contains;

TEST_CASE("a family's tokeniser, put into a GGUF file and taken out again, gives the same ids") {
  for (auto const& [family, pre] : {std::pair<std::string, std::string>{"gpt2", "gpt-2"},
                                    {"smollm2", "smollm"},
                                    {"qwen2_5", "qwen2"},
                                    {"r1_distill", "qwen2"},
                                    {"llama3", "llama-bpe"}}) {
    INFO(family);
    auto tok = text_test::family(family);
    tok.add_token("<think>", false);
    auto const v = as_gguf(tok, tok.size() + 3);
    CHECK(v.pre == pre);
    CHECK(v.tokens.size() == tok.size() + 3);
    CHECK(v.token_types[static_cast<std::size_t>(*tok.id_of("<think>"))] == 4);
    CHECK(v.token_types.back() == 5);
    auto const again = tokenizer::from_gguf(v);
    CHECK(again.size() == tok.size());
    CHECK(again.bos() == tok.bos());
    CHECK(again.eos() == tok.eos());
    CHECK(again.pad() == tok.pad());
    CHECK(again.chat_template_source() == tok.chat_template_source());
    for (token_id id = 0; static_cast<std::size_t>(id) < tok.size(); ++id)
      if (again.bytes_of(id) != tok.bytes_of(id) || again.is_special(id) != tok.is_special(id)) FAIL("id " << id);
    text_test::for_each_row(text_test::fixtures / family / "cases.jsonl", [&](auto row) {
      auto const text = text_test::from_hex(text_test::text(row, "text"));
      CHECK(again.encode(text, special_text::parsed) == tok.encode(text, special_text::parsed));
      CHECK(again.encode(text) == tok.encode(text));
    });
    auto const twice = as_gguf(again, tok.size() + 3);
    CHECK(twice.tokens == v.tokens);
    CHECK(twice.token_types == v.token_types);
    CHECK(twice.merges == v.merges);
    CHECK(twice.add_bos == v.add_bos);
  }
}

TEST_CASE("whether texts begin with BOS is taken from the post-processor") {
  auto from = as_gguf(text_test::family("smollm2"), text_test::family("smollm2").size());
  CHECK_FALSE(from.add_bos);
  from.bos = 1;
  from.add_bos = true;
  CHECK(as_gguf(tokenizer::from_gguf(from), from.tokens.size()).add_bos);
  from.add_bos = false;
  CHECK_FALSE(as_gguf(tokenizer::from_gguf(from), from.tokens.size()).add_bos);
}

TEST_CASE("what a GGUF file cannot say of a tokeniser is refused") {
  CHECK_THROWS_WITH(as_gguf(text_test::family("odd"), 1 << 20), Contains("tokenizer.json"));
  auto tok = text_test::family("smollm2");
  CHECK_THROWS_WITH(as_gguf(tok, tok.size() - 1), Contains("embeddings"));
  auto const space_the = tok.id_of(" the");
  REQUIRE(space_the);
  tok.add_token(" the", false);
  CHECK_THROWS_WITH(as_gguf(tok, tok.size()),
                    Contains(fmt::format("id {} is", *space_the)) && Contains("one text for an id"));
}
