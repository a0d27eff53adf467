// SPDX-License-Identifier: Apache-2.0
// Against files that are too large to commit: llama.cpp's vocabularies with their expected ids (EASE_ORACLE_DIR names its
// folder `models`), and SmolLM2-135M-Instruct as GGUF (EASE_SMOLLM2). Without them these tests say that they skip.
#include <ease/io/tensors/gguf.hpp>
#include <ease/text/chat/chat_template.hpp>
#include <ease/text/gguf/read_vocabulary.hpp>
#include <fstream>
#include <map>
#include <sstream>

#include "catch.hpp"
#include "text/fixture.hpp"

using namespace ease;

namespace {

std::string content_of(std::filesystem::path const& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

TEST_CASE("llama.cpp's own expected ids") {
  std::filesystem::path const folder = text_test::setting("EASE_ORACLE_DIR", "vocabularies of llama.cpp");
  if (folder.empty()) return;
  for (std::string const name : {"gpt-2", "llama-bpe", "qwen2", "qwen35", "starcoder", "refact", "command-r", "falcon",
                                 "mpt", "deepseek-coder", "deepseek-llm"}) {
    auto const words = tokenizer::from_gguf(read_vocabulary(gguf_file{folder / ("ggml-vocab-" + name + ".gguf")}));
    std::string const separator = "\n__ggml_vocab_test__\n";
    auto texts = content_of(folder / ("ggml-vocab-" + name + ".gguf.inp"));
    std::istringstream expected{content_of(folder / ("ggml-vocab-" + name + ".gguf.out"))};
    std::size_t cases = 0;
    for (std::string line; std::getline(expected, line) && texts.find(separator) != std::string::npos; ++cases) {
      auto const end = texts.find(separator);
      std::istringstream numbers{line};
      std::vector<token_id> ids;
      for (token_id id = 0; numbers >> id;) ids.push_back(id);
      INFO(name << " case " << cases);
      CHECK(words.encode(texts.substr(0, end)) == ids);
      texts.erase(0, end + separator.size());
    }
    CHECK(cases >= 46);
  }
}

TEST_CASE("of llama.cpp's many templates, ours are recognised and no other") {
  std::filesystem::path const folder = text_test::setting("EASE_ORACLE_DIR", "templates of llama.cpp");
  if (folder.empty()) return;
  std::map<std::string, std::string> const ours{{"Qwen-Qwen2.5-7B-Instruct.jinja", "qwen2_5"},
                                                {"meta-llama-Llama-3.1-8B-Instruct.jinja", "llama3"},
                                                {"meta-llama-Llama-3.2-3B-Instruct.jinja", "llama3"},
                                                {"meta-llama-Llama-3.3-70B-Instruct.jinja", "llama3"},
                                                {"deepseek-ai-DeepSeek-R1-Distill-Llama-8B.jinja", "r1_distill"}};
  std::size_t others = 0;
  for (auto const& file : std::filesystem::directory_iterator{folder / "templates"}) {
    if (file.path().extension() != ".jinja") continue;
    auto const name = file.path().filename().string();
    auto const known = ours.find(name);
    auto words = text_test::family(known == ours.end() ? "llama3" : known->second);
    words.set_chat_template_source(content_of(file.path()));
    INFO(name);
    if (known != ours.end()) {
      CHECK(chat_template::of(words).family() == known->second);
    } else {
      CHECK_THROWS_WITH(chat_template::of(words),
                        Catch::Contains("of no known family") || Catch::Contains("nearly that of"));
      ++others;
    }
  }
  CHECK(others > 50);
}

TEST_CASE("SmolLM2 from its GGUF file") {
  std::filesystem::path const path = text_test::setting("EASE_SMOLLM2", "SmolLM2 from GGUF");
  if (path.empty()) return;
  auto const words = tokenizer::from_gguf(read_vocabulary(gguf_file{path}));
  auto const chat = chat_template::of(words);
  CHECK(chat.family() == "smollm2");
  // Digits one by one, and ids as llama.cpp and `tokenizers` give them for the model's own files.
  CHECK(words.encode("Hello 2024") == std::vector<token_id>{19556, 216, 34, 32, 34, 36});
  auto const prompt = chat.prompt({{role::user, "Hi"}});
  CHECK(prompt.text ==
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging "
        "Face<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
        "<|im_start|>assistant\n");
  CHECK(prompt.ids == words.encode(prompt.text, special_text::parsed));
  CHECK(chat.stops() == std::vector<token_id>{2, 0});
}
