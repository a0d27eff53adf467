// SPDX-License-Identifier: Apache-2.0
// Folders of tokeniser files as users have them, against what transformers makes of the same files (tests/oracle/text/text_files.py,
// which names where each was reported).
#include <ease/text/chat/chat_template.hpp>
#include <ease/text/tokenizer/tokenizer_config_reader.hpp>

#include "catch.hpp"
#include "text/fixture.hpp"

using namespace ease;

namespace {

void put(std::filesystem::path const& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream{path, std::ios::binary} << text;
}

std::string with(std::string text, std::string_view mark, std::string_view in_its_place) {
  return text.replace(text.find(mark), mark.size(), in_its_place);
}

std::optional<token_id> id_in(simdjson::dom::element row, char const* name) {
  std::int64_t id{};
  return row[name].get(id) == simdjson::SUCCESS ? std::optional{static_cast<token_id>(id)} : std::nullopt;
}

// A small tokeniser with an added token, and the files beside it.
tokenizer load(std::vector<std::pair<std::string, std::string>> const& files) {
  text_test::scratch_folder const folder;
  put(folder.path() / "tokenizer.json",
      R"({"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},"added_tokens":[{"id":3,"content":"<a>","special":true}],)"
      R"("model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}})");
  for (auto const& [name, text] : files) put(folder.path() / name, text);
  return tokenizer::load(folder.path());
}

std::string notes_of(tokenizer const& tok) {
  std::string all;
  for (auto const& line : tok.notes()) all += line + "\n";
  return all;
}

}  // namespace

TEST_CASE("ids, named tokens and prompts of a folder's files are those of transformers") {
  std::string base;
  std::vector<std::string> texts;
  std::size_t folders = 0;
  text_test::for_each_row(text_test::fixtures / "files.jsonl", [&](auto row) {
    if (row["base"].error() == simdjson::SUCCESS) {
      base = text_test::text(row, "base");
      for (auto const one : row["texts"].get_array()) texts.emplace_back(one.get_string().value());
      return;
    }
    text_test::scratch_folder const folder;
    for (auto const [name, content] : row["files"].get_object()) {
      std::string_view text;
      if (content.get(text) == simdjson::SUCCESS)
        put(folder.path() / name, text);
      else
        put(folder.path() / name,
            with(with(base, "@ADDED@", text_test::text(content, "added")), "@VOCAB@", text_test::text(content, "vocab")));
    }
    INFO(text_test::text(row, "name"));
    auto const tok = tokenizer::load(folder.path());
    INFO(notes_of(tok));
    CHECK(tok.bos() == id_in(row, "bos"));
    CHECK(tok.eos() == id_in(row, "eos"));
    CHECK(tok.pad() == id_in(row, "pad"));
    std::size_t at = 0;
    for (auto const expected : row["ids"].get_array()) {
      std::vector<token_id> ids;
      for (auto const id : expected.get_array()) ids.push_back(static_cast<token_id>(id.get_int64().value()));
      INFO(texts.at(at));
      CHECK(tok.encode(texts.at(at++), special_text::parsed) == ids);
    }
    if (std::string_view prompt; row["prompt"].get(prompt) == simdjson::SUCCESS) {
      auto asked = tok.chat_template_source();
      CHECK(jinja::source{asked}.render(
                {{"messages", jinja::of(jinja::list{jinja::of(jinja::map{{"role", jinja::of(std::string{"user"})},
                                                                         {"content", jinja::of(std::string{"a"})}})})}}) ==
            prompt);
    } else {
      CHECK(tok.chat_template_source().empty());
      CHECK_THROWS_WITH(chat_template::of(tok), Catch::Contains("(tool_use, rag)") &&
                                                    Catch::Contains("chat_template.jinja") &&
                                                    Catch::Contains("--chat-template"));
    }
    // What is saved says it all: read again, it is the same without the other files.
    text_test::scratch_folder const saved;
    tok.save(saved.path());
    auto const again = tokenizer::load(saved.path());
    for (auto const& text : texts) CHECK(again.encode(text, special_text::parsed) == tok.encode(text, special_text::parsed));
    CHECK(again.eos() == tok.eos());
    CHECK(notes_of(again).empty());
    ++folders;
  });
  CHECK(folders == 26);
}

TEST_CASE("what the files leave to transformers' rules is said") {
  using Catch::Contains;
  CHECK(notes_of(load({{"tokenizer_config.json", R"({"eos_token":"<a>"})"}})).empty());
  CHECK_THAT(notes_of(load({{"tokenizer_config.json", R"({"eos_token":"<a>","pad_token":"<pad>"})"}})),
             Contains("pad_token: '<pad>' is in no vocabulary and gets id 4"));
  CHECK_THAT(notes_of(load({{"tokenizer_config.json", R"({"added_tokens_decoder":{"9":{"content":"<z>"}}})"}})),
             Contains("'<z>' has id 9 there, and 4"));
  CHECK_THAT(notes_of(load({{"tokenizer_config.json", R"({"eos_token":"<a>"})"},
                            {"special_tokens_map.json", R"({"eos_token":"ab"})"}})),
             Contains("eos_token is 'ab' there and '<a>' in tokenizer_config.json; the former counts"));
  CHECK_THAT(notes_of(load({{"tokenizer_config.json", R"({"eos_token":"<a>","added_tokens_decoder":{}})"},
                            {"special_tokens_map.json", R"({"eos_token":"ab"})"}})),
             Contains("the latter counts"));
  CHECK_THAT(notes_of(load({{"added_tokens.json", R"({"<other>":3})"}})), Contains("'<other>' is left out: id 3 is '<a>'"));
  CHECK_THAT(notes_of(load({{"additional_chat_templates/rag.jinja", "x"}})),
             Contains("additional_chat_templates: not read"));
  CHECK(
      load({{"tokenizer_config.json", R"({"model_max_length":1000000000000000019884624838656,"eos_token":"<a>"})"}}).eos() ==
      3);
}

TEST_CASE("files that cannot be read as what they are named are errors that name file and field") {
  using Catch::Contains;
  struct bad {
    std::string file, text, says;
  };
  for (auto const& [file, text, says] :
       std::vector<bad>{{"tokenizer_config.json", "[]", "tokenizer_config.json: not a JSON object"},
                        {"tokenizer_config.json", R"({"added_tokens_decoder":{"x":{"content":"<z>"}}})",
                         "added_tokens_decoder: 'x' is no id"},
                        {"tokenizer_config.json", R"({"added_tokens_decoder":{"7":{}}})",
                         "added_tokens_decoder: '7' is no id with a token"},
                        {"added_tokens.json", R"({"<z>":-1})", "added_tokens.json: '<z>' is no token with an id"},
                        {"added_tokens.json", R"({"<z>":"4"})", "added_tokens.json: '<z>' is no token with an id"},
                        {"special_tokens_map.json", "{", "special_tokens_map.json: not a JSON object"}}) {
    INFO(text);
    CHECK_THROWS_WITH(load({{file, text}}), Contains(says) && !Contains("\n"));
  }
}

TEST_CASE(
    "vocab.json and merges.txt whose class is not known are refused by its name, and lines that are no pair by their "
    "number") {
  using Catch::Contains;
  text_test::scratch_folder const folder;
  auto const& path = folder.path();
  CHECK_THROWS_WITH(tokenizer::load(path), Contains("tokenizer.json: cannot be read") && Contains("merges.txt"));
  put(path / "vocab.json", R"({"a":0,"b":1,"ab":2,"<|endoftext|>":3})");
  put(path / "merges.txt", "#version: 0.2\na b\n");
  CHECK_THROWS_WITH(tokenizer::load(path), Contains("GPT2Tokenizer, Qwen2Tokenizer"));
  put(path / "tokenizer_config.json", R"({"tokenizer_class":"RobertaTokenizer"})");
  CHECK_THROWS_WITH(tokenizer::load(path), Contains("not 'RobertaTokenizer'"));
  put(path / "tokenizer_config.json", R"({"tokenizer_class":"GPT2TokenizerFast","add_prefix_space":true})");
  CHECK_THROWS_WITH(tokenizer::load(path), Contains("tokenizer_config.json: add_prefix_space is not supported"));
  put(path / "tokenizer_config.json", R"({"tokenizer_class":"GPT2TokenizerFast"})");
  CHECK(tokenizer::load(path).encode("ab") == std::vector<token_id>{2});
  put(path / "merges.txt", "#version: 0.2\na b\n\na b\n");
  CHECK_THROWS_WITH(tokenizer::load(path), Contains("merges.txt: line 3: not a pair of tokens"));
  put(path / "merges.txt", "a c");
  CHECK_THROWS_WITH(tokenizer::load(path), Contains("model.merges[0] names a token"));
  put(path / "merges.txt", "a b");
  put(path / "vocab.json", "[]");
  CHECK_THROWS_WITH(tokenizer::load(path), Contains("vocab.json: not a JSON object"));
}
