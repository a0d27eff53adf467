// SPDX-License-Identifier: Apache-2.0
#include <ease/io/tensors/gguf.hpp>
#include <ease/text/gguf/read_vocabulary.hpp>
#include <ease/text/gguf/recognise_pre.hpp>

#include "catch.hpp"
#include "text/fixture.hpp"

using namespace ease;

namespace {

// Tokens of one sign and letters, as many as `signs`.
std::vector<std::string> tokens_of(std::vector<std::string> more, int signs) {
  for (char c = 'a'; c < 'a' + signs; ++c) more.push_back(std::string{"("} + c + "x");
  return more;
}

}  // namespace

TEST_CASE("a vocabulary shows the pre-tokeniser it was made with, or is not guessed") {
  CHECK(pre_by_merges(tokens_of({"1", "12", "123"}, 25), {}, 100).name == "llama-bpe");
  CHECK(pre_by_merges(tokens_of({"1", "2"}, 25), {}, 100).name == "qwen2");
  CHECK(pre_by_merges({"1", "12", "123", "1234"}, {}, 100).name == "gpt-2");
  CHECK(pre_by_merges({"1", "\u010a\u010a"}, {}, 40'000).name == "smollm");
  CHECK(pre_by_merges({"1", "\u010a\u010a"}, {}, 100).name.empty());  // too few merges to tell what there is not
  CHECK(pre_by_merges({"1"}, {}, 40'000).name.empty());               // DeepSeek's: no line end joins another
  CHECK(pre_by_merges({"1", "12", "123"}, {}, 40'000).name.empty());  // Falcon's
  CHECK(pre_by_merges(tokens_of({"1234"}, 25), {}, 40'000).name.empty());
  CHECK(pre_by_merges({}, {}, 0).name.empty());
  // Control and user-defined tokens were not merged.
  CHECK(pre_by_merges({"1", "12", "123", "1234"}, {1, 1, 1, 4}, 100).name.empty());
}

TEST_CASE("llama.cpp's vocabularies without their tokenizer.ggml.pre are recognised as their own, or refused") {
  std::filesystem::path const folder = text_test::setting("EASE_ORACLE_DIR", "vocabularies of llama.cpp");
  if (folder.empty()) return;
  for (auto const& [name, expected] : std::vector<std::pair<std::string, std::string>>{{"gpt-2", "gpt-2"},
                                                                                       {"llama-bpe", "llama-bpe"},
                                                                                       {"qwen2", "qwen2"},
                                                                                       {"starcoder", "smollm"},
                                                                                       {"refact", "smollm"},
                                                                                       {"command-r", "smollm"},
                                                                                       {"mpt", "gpt-2"},
                                                                                       {"falcon", ""},
                                                                                       {"deepseek-coder", ""},
                                                                                       {"deepseek-llm", ""}}) {
    gguf_file const file{folder / ("ggml-vocab-" + name + ".gguf")};
    auto const v = read_vocabulary(file);
    auto const seen = pre_by_merges(v.tokens, v.token_types, v.merges.size());
    INFO(name << ": " << seen.because);
    CHECK(seen.name == expected);
  }
}
