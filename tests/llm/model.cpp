// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <ease/io/tensors/safetensors_folder.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/model.hpp>
#include <ease/llm/resize_vocabulary.hpp>
#include <ease/llm/save.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "catch.hpp"
#include "io/temporary.hpp"
#include "llm/fixtures.hpp"

namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using namespace ease_test;

fs::path temporary(std::string const& name) {
  static test::temporary_folder const folder;
  return folder / name;
}
std::map<std::string, std::string> files_of(fs::path const& folder) {
  std::map<std::string, std::string> all;
  for (auto const& item : fs::directory_iterator{folder}) {
    std::ostringstream text;
    text << std::ifstream{item.path(), std::ios::binary}.rdbuf();
    all[item.path().filename().string()] = text.str();
  }
  return all;
}
ease::language_model chat_model() { return ease::load_model(fixtures / "llama_chat", at::kCPU, ease::precision::bfloat16); }

}  // namespace

TEST_CASE("a Hugging Face folder gives weights, tokeniser, template and sampling defaults") {
  auto const model = chat_model();
  CHECK(model.name == "llama_chat");
  CHECK(model.net->embed_tokens.scalar_type() == at::kBFloat16);
  CHECK(model.tokenizer.size() == 264);
  REQUIRE(model.chat);
  CHECK(model.chat->family() == "smollm2");
  CHECK(model.defaults.eos == std::vector<std::int32_t>{2, 0});
  CHECK(model.defaults.temperature == 0.6);
  CHECK(model.defaults.top_k == 20);
  CHECK(ease::load_model(fixtures / "llama_chat" / "", at::kCPU, ease::precision::float32).name == "llama_chat");
}

TEST_CASE("a GGUF file gives the same kinds of things") {
  auto const model = ease::load_model(fixtures / "llama.gguf", at::kCPU, ease::precision::float32);
  CHECK(model.name == "llama");
  CHECK(model.tokenizer.decode(model.tokenizer.encode("the string 12")) == "the string 12");
  CHECK(model.tokenizer.encode(" the") == std::vector<ease::token_id>{261});
  REQUIRE(model.chat);
  CHECK(model.chat->family() == "smollm2");
  CHECK(model.defaults.eos == std::vector<std::int32_t>{2});
  CHECK(model.defaults.bos == 1);
}

TEST_CASE("what cannot be a model is refused with the way out") {
  auto const load = [](fs::path const& path) { return ease::load_model(path, at::kCPU, ease::precision::float32); };
  CHECK_THROWS_WITH(load("/nowhere/model"), Contains("/nowhere/model: no such model; name a Hugging Face folder"));
  CHECK_THROWS_WITH(load(fixtures / "llama_chat" / "config.json"), Contains("does not begin with 'GGUF'"));
  CHECK_THROWS_WITH(load(fs::temp_directory_path()), Contains("config.json"));
  CHECK_THROWS_WITH(load(fixtures / "qwen2_tied"), Contains("tokenizer.json"));
}

TEST_CASE("an added token past the embeddings is said, a vocabulary of more tokens is refused") {
  auto model = chat_model();
  auto const folder = temporary("too-many-tokens");
  model.tokenizer.add_token("<one more>", true);
  ease::save_model(model, folder);
  auto const again = ease::load_model(folder, at::kCPU, ease::precision::float32);
  REQUIRE(again.notices.size() == 1);
  CHECK_THAT(again.notices.front(), Contains("264 embeddings and none for <one more>"));
  auto text = test::content(folder / "config.json");
  text.replace(text.find("\"vocab_size\":264"), 16, "\"vocab_size\":200");
  std::ofstream{folder / "config.json"} << text;
  CHECK_THROWS_WITH(ease::load_model(folder, std::nullopt, ease::precision::float32),
                    Contains("ids up to 264, the model 200 embeddings"));
}

TEST_CASE("a saved model is read back with equal weights, and written again with equal bytes") {
  auto const model = chat_model();
  auto const first = temporary("first"), second = temporary("second");
  ease::save_model(model, first);
  auto const again = ease::load_model(first, at::kCPU, ease::precision::bfloat16);
  CHECK(again.net->config == model.net->config);
  CHECK(again.defaults == model.defaults);
  auto const before = model.net->named_parameters(), after = again.net->named_parameters();
  REQUIRE(before.size() == after.size());
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(at::equal(before[i].second, after[i].second));
  CHECK(again.chat);
  ease::save_model(again, second);
  CHECK(files_of(first) == files_of(second));
  ease::safetensors_file const weights{first / "model.safetensors"};
  CHECK(weights.find("lm_head.weight") == nullptr);  // tied: written once
  if (auto const* keep = std::getenv("EASE_KEEP_SAVED")) fs::copy(first, keep, fs::copy_options::recursive);
}

TEST_CASE("large models are written in shards, which read back the same") {
  auto const model = chat_model();
  auto const folder = temporary("sharded/deeper");
  ease::save_model(model, folder, 20'000);
  CHECK(exists(folder / "model.safetensors.index.json"));
  CHECK(exists(folder / "model-00002-of-00003.safetensors"));
  auto const again = ease::load_model(folder, at::kCPU, ease::precision::bfloat16);
  for (std::size_t i = 0; i < model.net->named_parameters().size(); ++i)
    CHECK(at::equal(model.net->named_parameters()[i].second, again.net->named_parameters()[i].second));
  ease::save_model(again, temporary("sharded/again"), 20'000);
  CHECK(files_of(folder) == files_of(temporary("sharded/again")));
  CHECK(ease::safetensors_folder{folder}.find("lm_head.weight") == nullptr);  // tied: in no shard
}

TEST_CASE("a GGUF file saved as a folder, read and saved again has equal bytes, with a head only if it is not tied") {
  for (auto const& [name, tied] : {std::pair<std::string, bool>{"llama", true}, {"qwen2", false}}) {
    INFO(name);
    auto const model = ease::load_model(fixtures / (name + ".gguf"), at::kCPU, ease::precision::float32);
    auto const first = temporary("of-gguf-" + name), second = temporary("again-" + name);
    ease::save_model(model, first);
    auto const again = ease::load_model(first, at::kCPU, ease::precision::float32);
    CHECK(again.net->config == model.net->config);
    ease::save_model(again, second);
    CHECK(files_of(first) == files_of(second));
    CHECK((ease::safetensors_folder{first}.find("lm_head.weight") == nullptr) == tied);
  }
}

TEST_CASE("saving replaces a model, never anything else") {
  auto model = chat_model();
  auto const folder = temporary("replaced");
  ease::save_model(model, folder);
  resize_vocabulary(*model.net, 266);
  ease::save_model(model, folder / "");
  CHECK(ease::load_model(folder, at::kCPU, ease::precision::bfloat16).net->config.vocab == 266);
  std::size_t left = 0;
  for (auto const& item : fs::directory_iterator{folder.parent_path()})
    if (item.path().filename().string().find("replaced") != std::string::npos) ++left;
  CHECK(left == 1);

  auto const other = temporary("photographs");
  fs::create_directories(other);
  std::ofstream{other / "holiday.jpg"} << "dear";
  CHECK_THROWS_WITH(ease::save_model(model, other), Contains("holds other things than a model"));
  CHECK_THROWS_WITH(ease::save_model(model, other / "holiday.jpg"), Contains("not a folder"));
  CHECK(files_of(other).size() == 1);
}

TEST_CASE("a model that cannot be written leaves what was there") {
  auto model = chat_model();
  auto const folder = temporary("kept");
  ease::save_model(model, folder);
  auto const before = files_of(folder);
  model.net->final_norm = model.net->final_norm.to(at::kDouble);
  CHECK_THROWS_WITH(ease::save_model(model, folder), Contains("only float32 and bfloat16 are written"));
  CHECK(files_of(folder) == before);
}

TEST_CASE("SmolLM2-135M: logits are transformers' own") {
  auto const* const path = std::getenv("EASE_SMOLLM2");
  if (path == nullptr) {
    WARN("skipped: EASE_SMOLLM2 does not name SmolLM2-135M-Instruct.Q4_1.gguf");
    return;
  }
  auto const expected = expected_of("smollm2");
  auto const exact = tensor_of(expected, "logits", at::kFloat);
  auto const columns = [](at::Tensor const& logits) { return logits.slice(1, 0, logits.size(1), 97).to(at::kFloat); };
  auto const wide = ease::load_model(path, at::kCPU, ease::precision::float32);
  double const difference = farthest(columns(logits_of(*wide.net, expected)), exact);
  CHECK(difference < 2e-5);
  auto const narrow = ease::load_model(path, at::kCPU, ease::precision::bfloat16);
  double const off = typical(columns(logits_of(*narrow.net, expected)), exact);
  double const theirs = typical(tensor_of(expected, "logits_bf16", at::kFloat), exact);
  CHECK(off < 1.1 * theirs);
  WARN("SmolLM2: largest float32 difference " << difference << ", bfloat16 error " << off / theirs << " of transformers'");
}
