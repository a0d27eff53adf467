// SPDX-License-Identifier: Apache-2.0
#include <ease/text/tokenizer/tokenizer_json.hpp>

#include "catch.hpp"
#include "text/fixture.hpp"

using namespace ease;

namespace {

std::string const byte_level = R"("pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true})";

std::string with_model(std::string const& model, std::string const& more = "") {
  return "{" + byte_level + more + R"(,"model":)" + model + "}";
}
std::string bpe(std::string const& vocab, std::string const& merges, std::string const& more = "") {
  return with_model(R"({"type":"BPE","vocab":)" + vocab + R"(,"merges":)" + merges + more + "}");
}

void read(std::string const& json) { read_tokenizer_json(simdjson::padded_string{json}, "some/tokenizer.json"); }

std::string const tiny = R"({"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]})";

}  // namespace

TEST_CASE("a file that cannot be a tokeniser is an error that names file and field") {
  using Catch::Contains;
  struct bad {
    std::string json, says;
  };
  std::vector<bad> const files{
      {"", "not JSON"},
      {"{", "not JSON"},
      {"[]", "byte-level"},
      {R"({"model":{}})", "ByteLevel"},
      {R"({"pre_tokenizer":{"type":"Metaspace"},"model":{}})", "pre_tokenizer Metaspace is not supported"},
      {R"({"pre_tokenizer":{"type":"ByteLevel"},"model":{}})", "add_prefix_space"},
      {R"({"pre_tokenizer":{"type":"Split","pattern":{"Regex":"("}},"model":{}})", "ByteLevel"},
      {"{" + byte_level + "}", "model is missing"},
      {with_model(R"({"type":"Unigram"})"), "model type Unigram is not supported"},
      {with_model(R"({"type":"BPE"})"), "model.vocab is missing"},
      {with_model(R"({"type":"BPE","vocab":{}})"), "merges is missing"},
      {with_model(R"({"type":"BPE","vocab":[],"merges":[]})"), "model.vocab has the wrong type"},
      {bpe(R"({"a":-1})", "[]"), "id -1 is out of range"},
      {bpe(R"({"a":4294967297})", "[]"), "id 4294967297 is out of range"},
      {bpe(R"({"a":2000000000})", "[]"), "out of range"},
      {bpe(R"({"a":1e3})", "[]"), "wrong type"},
      {bpe(R"({"a":"x"})", "[]"), "wrong type"},
      {bpe(R"({"a":0,"b":0})", "[]"), "two tokens share id 0"},
      {bpe(R"({"a":0,"a":1})", "[]"), "repeats"},
      {bpe(R"({"a":0,"b":1})", R"(["a b"])"), "model.merges[0] names a token that is not in the vocabulary"},
      {bpe(R"({"a":0,"b":1,"ab":2})", R"(["a b","a c"])"), "model.merges[1] names a token"},
      {bpe(R"({"a":0})", R"(["aa"])"), "model.merges[0] is not a pair"},
      {bpe(R"({"a":0})", R"(["a a a"])"), "model.merges[0] is not a pair"},
      {bpe(R"({"a":0})", R"([["a"]])"), "model.merges[0] is not a pair"},
      {bpe(R"({"a":0})", R"([3])"), "model.merges[0] is not a pair"},
      {bpe(R"({"a":0})", "[]", R"(,"unk_token":"u")"), "unk_token is not in the vocabulary"},
      {bpe(R"({"a":0})", "[]", R"(,"dropout":0.1)"), "dropout"},
      {bpe(R"({"a":0})", "[]", R"(,"byte_fallback":true)"), "byte_fallback"},
      {bpe(R"({"a":0})", "[]", R"(,"end_of_word_suffix":"</w>")"), "end_of_word_suffix"},
      {with_model(tiny, R"(,"normalizer":{"type":"Lowercase"})"), "normalizer Lowercase is not supported"},
      {with_model(tiny, R"(,"normalizer":{})"), "normalizer has no type"},
      {with_model(tiny, R"(,"normalizer":{"type":"Sequence","normalizers":[{"type":"Replace"}]})"),
       "normalizer Replace is not"},
      {with_model(tiny, R"(,"normalizer":{"type":"Prepend","prepend":"x"})"), "normalizer Prepend is not supported"},
      {with_model(tiny, R"(,"decoder":{"type":"Metaspace"})"), "decoder Metaspace is not supported"},
      {with_model(tiny, R"(,"decoder":{"type":"Sequence","decoders":[{"type":"ByteLevel"},{"type":"Strip"}]})"),
       "decoder Strip is not supported"},
      {with_model(tiny, R"(,"added_tokens":3)"), "added_tokens has the wrong type"},
      {with_model(tiny, R"(,"added_tokens":[{"content":"x"}])"), "added_tokens[0]: id -1 is out of range"},
      {with_model(tiny, R"(,"added_tokens":[{"id":1,"content":""}])"), "added_tokens[0]: content is empty"},
      {with_model(tiny, R"(,"added_tokens":[{"id":1,"content":")" + std::string(2000, 'x') + R"("}])"), "over 1024 bytes"},
  };
  for (auto const& [json, says] : files) {
    INFO(json.substr(0, 200));
    CHECK_THROWS_WITH(read(json), Contains(says) && Catch::StartsWith("some/tokenizer.json: ") && !Contains("\n"));
  }
  CHECK_NOTHROW(read(with_model(tiny)));
}

TEST_CASE("cut off anywhere, a file is an error and nothing worse") {
  std::ifstream file{text_test::fixtures / "odd" / "tokenizer.json"};
  std::string const whole{std::istreambuf_iterator<char>{file}, {}};
  for (std::size_t length = 0; length + 2 < whole.size(); length += 97) {
    CHECK_THROWS_AS(read(whole.substr(0, length)), error);
  }
}

TEST_CASE("merges are read in both notations") {
  for (std::string const merges : {R"(["a b"])", R"([["a","b"]])"}) {
    auto const file = read_tokenizer_json(simdjson::padded_string{bpe(R"({"a":0,"b":1,"ab":2})", merges)}, "x");
    std::vector<token_id> ids;
    file.vocab->encode_piece("aab", ids);
    CHECK(ids == std::vector<token_id>{0, 2});
  }
}

TEST_CASE("bytes without a token are dropped, or are the unknown token") {
  auto const ids = [](std::string const& more) {
    auto const file =
        read_tokenizer_json(simdjson::padded_string{bpe(R"({"a":0,"b":1,"ab":2,"u":3})", R"(["a b"])", more)}, "x");
    std::vector<token_id> out;
    file.vocab->encode_piece("a..b", out);
    return out;
  };
  CHECK(ids("") == std::vector<token_id>{2});
  CHECK(ids(R"(,"unk_token":"u")") == std::vector<token_id>{0, 3, 3, 1});
  CHECK(ids(R"(,"unk_token":"u","fuse_unk":true)") == std::vector<token_id>{0, 3, 1});
}

TEST_CASE("a folder without a tokeniser says so") {
  text_test::scratch_folder const empty;
  CHECK_THROWS_WITH(tokenizer::load(empty.path()), Catch::Contains("tokenizer.json: cannot be read"));
}

TEST_CASE("ids far apart do not make a small file ask for much memory") {
  read(bpe(R"({"a":0,"b":65536})", "[]"));
  CHECK_THROWS_WITH(read(bpe(R"({"a":0,"b":16777215})", "[]")), Catch::Contains("2 tokens have ids up to 16777215"));
}

TEST_CASE("names out of the file reach a message without their control characters") {
  CHECK_THROWS_WITH(read(R"({"normalizer":{"type":"\u001b[31m\n"}})"), Catch::Contains("normalizer ?[31m is not supported"));
  CHECK_THROWS_WITH(read(R"({"pre_tokenizer":{"type":"\u001b[31m\n"}})"), Catch::Contains("pre_tokenizer ?[31m is not"));
  CHECK_THROWS_WITH(read(with_model(R"({"type":"a\nb"})")), Catch::Contains("model type a b is not supported"));
}
