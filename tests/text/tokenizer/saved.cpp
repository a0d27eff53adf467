// SPDX-License-Identifier: Apache-2.0
// What `save` writes: read again it is the same, byte for byte, and transformers reads it (EASE_ORACLE_PYTHON names a Python
// that has it).
#include <ease/text/chat/chat_template.hpp>
#include <fstream>

#include "catch.hpp"
#include "text/fixture.hpp"

using namespace ease;

namespace {

std::string content_of(std::filesystem::path const& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

TEST_CASE("a saved tokeniser is the same tokeniser, and saving it again changes no byte") {
  for (std::string const name : {"gpt2", "smollm2", "qwen2_5", "llama3", "r1_distill", "odd"}) {
    auto words = text_test::family(name);
    auto const think = words.add_token("<think>", false);
    auto const quoted = words.add_token("<\"quoted\\\u00e9>", true);
    words.set_chat_template_source("{# \"a\"\n\\ \u00e9 #}{{ messages[0].content }}");
    text_test::scratch_folder const once, twice;
    words.save(once.path());
    auto const again = tokenizer::load(once.path());
    again.save(twice.path());
    for (auto const* const file : {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"}) {
      CHECK(content_of(once.path() / file) == content_of(twice.path() / file));
    }
    CHECK(again.size() == words.size());
    CHECK(again.id_of("<think>") == think);
    CHECK(again.is_special(quoted));
    CHECK_FALSE(again.is_special(think));
    CHECK(again.bos() == words.bos());
    CHECK(again.eos() == words.eos());
    CHECK(again.pad() == words.pad());
    CHECK(again.chat_template_source() == words.chat_template_source());
    text_test::for_each_row(text_test::fixtures / name / "cases.jsonl", [&](auto row) {
      auto const text = text_test::from_hex(text_test::text(row, "text"));
      CHECK(again.encode(text, special_text::parsed) == words.encode(text, special_text::parsed));
      CHECK(again.encode(text) == words.encode(text));
    });
  }
}

TEST_CASE("transformers gives the same ids with what we saved, and the same prompt") {
  auto const python = text_test::setting("EASE_ORACLE_PYTHON", "saved tokenisers in transformers");
  if (python.empty()) return;
  for (auto const& [name, model_types] : {std::pair<std::string, std::string>{"gpt2", "gpt2"},
                                          {"smollm2", "llama"},
                                          {"qwen2_5", "qwen2"},
                                          {"llama3", "llama"},
                                          {"r1_distill", "qwen2 llama"}}) {
    auto words = text_test::family(name);
    words.add_token("<think>", false);
    words.add_token("</think>", false);
    words.set_chat_template_source("{% for m in messages %}{{ m.role + ':\\n' + m.content + eos_token }}{% endfor %}");
    text_test::scratch_folder const folder;
    words.save(folder.path());
    std::ofstream ids{folder.path() / "ids.jsonl"};
    text_test::for_each_row(text_test::fixtures / name / "cases.jsonl", [&](auto row) {
      auto const hex = text_test::text(row, "text");
      ids << R"({"text":")" << hex << R"(","ids":[)";
      bool first = true;
      for (token_id const id : words.encode(text_test::from_hex(hex), special_text::parsed))
        ids << (std::exchange(first, false) ? "" : ",") << id;
      ids << "]}\n";
    });
    ids.close();
    auto const script = std::filesystem::path{EASE_FIXTURES}.parent_path() / "oracle" / "text" / "text_saved.py";
    INFO(name);
    CHECK(std::system((python + " " + script.string() + " " + folder.path().string() + " " + model_types).c_str()) == 0);
  }
}
