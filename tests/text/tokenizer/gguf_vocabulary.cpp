// SPDX-License-Identifier: Apache-2.0
#include <ease/text/tokenizer/gguf_vocabulary.hpp>

#include "catch.hpp"
#include "text/fixture.hpp"

using namespace ease;

namespace {

// The fixture's tokeniser as a GGUF file would carry it.
gguf_vocabulary as_gguf(std::string const& family, std::string const& pre) {
  gguf_vocabulary out;
  simdjson::dom::parser parser;
  auto const root = parser.load((text_test::fixtures / family / "tokenizer.json").string()).value();
  auto const put = [&](std::string_view text, std::int64_t id, std::int32_t type) {
    auto const at = static_cast<std::size_t>(id);
    if (out.tokens.size() <= at) out.tokens.resize(at + 1), out.token_types.resize(at + 1, 1);
    out.tokens[at] = text;
    out.token_types[at] = type;
  };
  for (auto const [text, id] : root["model"]["vocab"].get_object()) put(text, id.get_int64(), 1);
  for (auto const added : root["added_tokens"].get_array()) {
    put(added["content"].get_string().value(), added["id"].get_int64(), added["special"].get_bool().value() ? 3 : 4);
  }
  for (auto const pair : root["model"]["merges"].get_array()) {
    out.merges.push_back(std::string{pair.at(0).get_string().value()} + " " + std::string{pair.at(1).get_string().value()});
  }
  out.pre = pre;
  return out;
}

}  // namespace

TEST_CASE("a vocabulary from GGUF gives the ids of the family's tokenizer.json") {
  for (auto const& [family, pre] : {std::pair<std::string, std::string>{"gpt2", "gpt-2"},
                                    {"smollm2", "smollm"},
                                    {"qwen2_5", "qwen2"},
                                    {"r1_distill", "deepseek-r1-qwen"},
                                    {"llama3", "llama-bpe"}}) {
    auto const words = tokenizer::from_gguf(as_gguf(family, pre));
    text_test::for_each_row(text_test::fixtures / family / "cases.jsonl", [&](auto row) {
      auto const text = text_test::from_hex(text_test::text(row, "text"));
      INFO(family << ": " << text_test::text(row, "text"));
      CHECK(words.encode(text, special_text::parsed) == text_test::ids(row, "parsed"));
      CHECK(words.encode(text) == text_test::ids(row, "plain"));
    });
  }
}

TEST_CASE("rows a converter filled in are no tokens, so that new ones take them") {
  auto from = as_gguf("qwen2_5", "qwen2");
  auto const used = from.tokens.size();
  for (auto const type : {4, 5, 5}) {
    from.tokens.push_back("[PAD" + std::to_string(from.tokens.size()) + "]");
    from.token_types.push_back(type);
  }
  auto words = tokenizer::from_gguf(from);
  CHECK(words.size() == used);
  CHECK(static_cast<std::size_t>(words.add_token("<think>", false)) == used);
}

TEST_CASE("named ids and the template come along") {
  auto from = as_gguf("smollm2", "smollm");
  from.bos = 1, from.eos = 2, from.pad = 2, from.chat_template = "{{ messages }}";
  auto const words = tokenizer::from_gguf(from);
  CHECK(words.bos() == 1);
  CHECK(words.eos() == 2);
  CHECK(words.chat_template_source() == "{{ messages }}");
  from.eos = 1 << 20;
  CHECK_THROWS_WITH(tokenizer::from_gguf(from), Catch::Contains("tokenizer.ggml.eos_token_id is out of range"));
}

TEST_CASE("what a GGUF vocabulary can have wrong") {
  auto const good = as_gguf("smollm2", "smollm");
  auto from = good;
  from.pre = "martian";
  CHECK_THROWS_WITH(tokenizer::from_gguf(from), Catch::Contains("'martian' is not supported") && Catch::Contains("smollm"));
  from = good;
  from.tokens[5] = "\xFF";
  CHECK_THROWS_WITH(tokenizer::from_gguf(from), Catch::Contains("tokens[5] is not UTF-8"));
  from = good;
  from.token_types.pop_back();
  CHECK_THROWS_WITH(tokenizer::from_gguf(from), Catch::Contains("token_type has"));
  from = good;
  from.merges.push_back("no such");
  CHECK_THROWS_WITH(tokenizer::from_gguf(from), Catch::Contains("names a token that is not in the vocabulary"));
  from.merges.back() = "\xC3 a";
  CHECK_THROWS_AS(tokenizer::from_gguf(from), error);
}
