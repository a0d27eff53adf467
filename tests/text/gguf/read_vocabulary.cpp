// SPDX-License-Identifier: Apache-2.0
#include <ease/io/tensors/gguf_writer.hpp>
#include <ease/text/gguf/as_gguf.hpp>
#include <ease/text/gguf/read_vocabulary.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "catch.hpp"
#include "text/fixture.hpp"

using namespace ease;
using Catch::Contains;

namespace {

// What is read of a file with SmolLM2's vocabulary; `more` adds metadata.
gguf_vocabulary read_back(
    std::string const& model, std::optional<std::string> const& pre,
    std::function<void(gguf_writer&)> const& more = [](gguf_writer&) {}) {
  text_test::scratch_folder const folder;
  auto const path = folder.path() / "vocabulary.gguf";
  auto const tok = text_test::family("smollm2");
  auto const v = as_gguf(tok, tok.size());
  gguf_writer out{path};
  out.text("tokenizer.ggml.model", model);
  if (pre) out.text("tokenizer.ggml.pre", *pre);
  out.texts("tokenizer.ggml.tokens", v.tokens);
  out.integers("tokenizer.ggml.token_type", v.token_types);
  out.texts("tokenizer.ggml.merges", v.merges);
  more(out);
  out.commit();
  return read_vocabulary(gguf_file{path});
}

}  // namespace

TEST_CASE("a GGUF file's ends of turns and messages are read beside its EOS") {
  auto const v = read_back("gpt2", "smollm", [](gguf_writer& out) {
    out.count("tokenizer.ggml.eos_token_id", 0);
    out.count("tokenizer.ggml.eot_token_id", 2);
    out.count("tokenizer.ggml.eom_token_id", 3);
  });
  CHECK(v.eos == 0);
  CHECK(v.ends == std::vector<token_id>{2, 3});
  CHECK(read_back("gpt2", "smollm").ends.empty());
}

TEST_CASE("a pre-tokeniser that is not known and a tokeniser of another kind are refused by the file's name") {
  CHECK_THROWS_WITH(read_back("gpt2", "some-other"), Contains("vocabulary.gguf") && Contains("some-other"));
  CHECK_THROWS_WITH(read_back("llama", "default"), Contains("vocabulary.gguf") && Contains("sentencepiece"));
}
