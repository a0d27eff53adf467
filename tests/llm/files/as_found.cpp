// SPDX-License-Identifier: Apache-2.0
// Folders as people have them, after public reports: configurations, names of tensors, heads.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <ease/io/json/python_json.hpp>
#include <ease/io/json/simdjson.hpp>
#include <ease/io/tensors/safetensors_folder.hpp>
#include <ease/io/tensors/safetensors_writer.hpp>
#include <ease/llm/files/config_json.hpp>
#include <ease/llm/files/generation_defaults.hpp>
#include <ease/llm/files/weights.hpp>
#include <ease/text/tokenizer/tokenizer_config_reader.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"
#include "llm/fixtures.hpp"

namespace {

namespace fs = std::filesystem;
using namespace ease_test;
using Catch::Contains;

at::Tensor logits_at(ease::decoder const& net, at::Tensor const& ids, std::int64_t start) {
  c10::NoGradGuard const no_gradient;
  return net.logits(net.hidden(ids, at::arange(start, start + ids.size(0)), causal));
}

// config.json of a small model, with one field more.
std::string config_with(std::string const& field) {
  return R"({"model_type":"llama","hidden_size":32,"num_hidden_layers":1,"num_attention_heads":4,"intermediate_size":8,)" +
         (field.empty() ? "" : field + ",") + R"("vocab_size":9})";
}
ease::model_config config_of(test::temporary_folder const& folder, std::string const& text) {
  return ease::read_config(folder.file("config.json", text));
}
std::string refusal_of(test::temporary_folder const& folder, std::string const& field) {
  try {
    config_of(folder, config_with(field));
  } catch (ease::error const& e) {
    return e.what();
  }
  return "read";
}

// The tensors of a fixture, renamed or left out (an empty name), in a folder.
void write_renamed(fs::path const& to, std::string const& fixture, std::function<std::string(std::string)> const& renamed,
                   std::vector<ease::safetensors_entry> more = {}) {
  ease::safetensors_folder const from{fixtures / fixture};
  for (auto const& [name, entry] : from.entries())
    if (auto const as = renamed(name); !as.empty()) more.push_back(*entry), more.back().name = as;
  ease::write_safetensors(to / "model.safetensors", more);
}
ease::decoder read_back(fs::path const& folder, std::string const& fixture, std::vector<std::string>* said = nullptr) {
  ease::safetensors_folder const files{folder};
  ease::checkpoint_tensors const tensors{files};
  if (said != nullptr) *said = tensors.notices();
  auto const config = ease::with_head_of(tensors, ease::read_config(fixtures / fixture / "config.json"),
                                         [&](std::string line) { said ? said->push_back(line) : void(); });
  return ease::load_weights(config, tensors, at::kCPU, at::kFloat);
}
ease::decoder as_it_is(std::string const& fixture) { return read_back(fixtures / fixture, fixture); }
bool same_weights(ease::decoder const& a, ease::decoder const& b) {
  auto const x = a.named_parameters(), y = b.named_parameters();
  return std::ranges::equal(x, y, [](auto const& one, auto const& other) {
    return one.first == other.first && at::equal(one.second, other.second);
  });
}

}  // namespace

TEST_CASE("each rotary embedding gives transformers' logits, early and late in the context, and is written as it was read") {
  ease::safetensors_file const expected{fixtures / "rope.expected.safetensors"};
  auto const ids = tensor_of(expected, "ids", at::kLong);
  test::temporary_folder const folder;
  ease::safetensors_folder const weights{fixtures / "llama_gqa_untied"};
  simdjson::dom::parser parser;
  std::ifstream file{fixtures / "rope.jsonl"};
  std::size_t read = 0, scaled = 0;
  for (std::string line; std::getline(file, line); ++read) {
    auto const row = parser.parse(line);
    std::string const name{row["name"].get_string().value()};
    INFO(name);
    auto const config = config_of(folder, simdjson::minify(row["config"].value()));
    scaled += config.rope_scaling ? 1 : 0;
    CHECK(config_of(folder, ease::config_text(config, {}, "float32")) == config);
    auto const net = ease::load_weights(config, weights, at::kCPU, at::kFloat);
    for (auto const& [where, start] : {std::pair{"early", std::int64_t{0}}, std::pair{"late", config.context - 25}}) {
      INFO(where);
      auto const wanted = tensor_of(expected, fmt::format("{} {}", name, where), at::kFloat);
      CHECK(farthest(logits_at(net, ids, start), wanted) < 2e-5);
    }
  }
  CHECK(read == 18);
  CHECK(scaled == 16);
}

TEST_CASE("a rotary embedding that is not computed is refused by name") {
  test::temporary_folder const folder;
  for (auto const* type : {"longrope", "su", "proportional", "mrope", "ntk"})
    CHECK_THAT(refusal_of(folder, fmt::format(R"("rope_scaling":{{"type":"{}","factor":2.0}})", type)),
               Contains(fmt::format("'rope_type': '{}' is not supported; supported: default, linear, dynamic, yarn", type)));
  CHECK_THAT(refusal_of(folder, R"("rope_parameters":{"full_attention":{"rope_type":"default","rope_theta":5e5}})"),
             Contains("'full_attention'") && Contains("some layers"));
  CHECK_THAT(refusal_of(folder, R"("rope_scaling":{"type":"yarn"})"), Contains("rope_type yarn needs a positive 'factor'"));
  CHECK_THAT(refusal_of(folder, R"("rope_scaling":{"type":"linear","factor":"4"})"), Contains("'factor' is not a number"));
  CHECK_THAT(refusal_of(folder, R"("rope_scaling":{"type":"linear","factor":-2})"), Contains("positive 'factor'"));
  CHECK_THAT(refusal_of(folder, R"("rope_theta":1.0,"rope_scaling":{"type":"yarn","factor":2.0})"), Contains("above 1"));
  CHECK_THAT(refusal_of(folder, R"("rope_scaling":{"type":"linear","factor":2,"partial_rotary_factor":0.5})"),
             Contains("partial_rotary_factor"));
}

TEST_CASE("numbers as Python writes them are read, and stop nobody where nobody reads them") {
  test::temporary_folder const folder;
  auto const plain = config_of(folder, config_with(""));
  CHECK(config_of(folder, config_with(R"("num_key_value_heads":4.0,"max_position_embeddings":2048.0)")) == plain);
  CHECK(config_of(folder, config_with(R"("rope_theta":10000,"head_dim":null,"sliding_window":null)")) == plain);
  CHECK(config_of(folder, config_with(R"("initializer_range":NaN,"a":Infinity,"b":[-Infinity, 1e999])")) == plain);
  CHECK(config_of(folder, config_with(R"("model_max_length":1000000000000000019884624838656)")) == plain);
  CHECK_THAT(refusal_of(folder, R"("rope_theta":NaN)"), Contains("'rope_theta' is not a number"));
  CHECK_THAT(refusal_of(folder, R"("head_dim":16.5)"), Contains("'head_dim' is not a whole number"));
  CHECK_THAT(refusal_of(folder, R"("head_dim":100000000000000000000)"), Contains("'head_dim' is not a whole number"));
  folder.file("generation_config.json", R"({"eos_token_id":[2.0,7],"temperature":NaN,"pad_token_id":null})");
  CHECK_THROWS_WITH(ease::read_generation_defaults(folder.path()), Contains("'temperature' is not a number"));
  folder.file("generation_config.json", R"({"eos_token_id":[2.0,7],"x":NaN,"pad_token_id":null})");
  CHECK(ease::read_generation_defaults(folder.path()).eos == std::vector<std::int32_t>{2, 7});
}

TEST_CASE("a tokeniser without a limit of length is read, and has none") {
  test::temporary_folder const folder;
  folder.file("tokenizer_config.json", R"({"eos_token":"<e>","model_max_length":1000000000000000019884624838656})");
  auto const config = ease::read_tokenizer_config(folder.path());
  CHECK(config.eos == "<e>");
  CHECK_FALSE(config.model_max_length);
  folder.file("tokenizer_config.json", R"({"model_max_length":512})");
  CHECK(ease::read_tokenizer_config(folder.path()).model_max_length == 512U);
}

TEST_CASE("texts keep the words that stand for numbers, and JSON that is standard stays as it is") {
  for (auto const* text : {R"({"a":"NaN \" -Infinity 123456789012345678901234567890","b":[1,-2.5e3,18446744073709551615]})",
                           "", "\"", R"({"a":"\)", "nul"})
    CHECK(ease::standard_json(text) == text);
  CHECK(ease::standard_json("[NaN,-Infinity,18446744073709551616,1e999]") ==
        R"(["NaN","-Infinity",18446744073709551616.0,"1e999"])");
}

TEST_CASE("wrappers are taken off the names of tensors, which is said") {
  test::temporary_folder const folder;
  auto const inner = [](std::string name) {
    auto const at = name.find("self_attn.");
    return at == std::string::npos ? name : name.insert(at, "_checkpoint_wrapped_module.");
  };
  std::vector<std::pair<std::string, std::function<std::string(std::string)>>> const wrappers{
      {"_orig_mod.", [](std::string const& name) { return "_orig_mod." + name; }},
      {"module.", [](std::string const& name) { return "module." + name; }},
      {"base_model.model.", [](std::string const& name) { return "base_model.model." + name; }},
      {"_orig_mod.", [](std::string const& name) { return "module._orig_mod." + name; }},
      {"_checkpoint_wrapped_module.", inner}};
  for (auto const& [wrapper, renamed] : wrappers) {
    INFO(wrapper);
    write_renamed(folder.path(), "llama_gqa_untied", renamed);
    std::vector<std::string> said;
    CHECK(same_weights(read_back(folder.path(), "llama_gqa_untied", &said), as_it_is("llama_gqa_untied")));
    REQUIRE(said.size() == 1);
    CHECK_THAT(said.front(), Contains(wrapper) && Contains("taken off"));
  }
  ease::safetensors_folder const sound{fixtures / "llama_gqa_untied"};
  auto twin = *sound.find("model.norm.weight");
  twin.name = "_orig_mod.model.norm.weight";
  write_renamed(folder.path(), "llama_gqa_untied", [](auto name) { return name; }, {twin});
  CHECK_THROWS_WITH(read_back(folder.path(), "llama_gqa_untied"), Contains("has the name of another"));
  twin.name = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.default.weight";
  write_renamed(folder.path(), "llama_gqa_untied", [](auto name) { return name; }, {twin});
  CHECK_THROWS_WITH(read_back(folder.path(), "llama_gqa_untied"), Contains("lora_A") && Contains("not merged"));
}

TEST_CASE("a model without its head has the names of its base, and is whole where it is tied") {
  test::temporary_folder const folder;
  auto const without_model = [](std::string name) { return name.starts_with("model.") ? name.substr(6) : name; };
  write_renamed(folder.path(), "llama_mha_tied", without_model);
  CHECK(same_weights(read_back(folder.path(), "llama_mha_tied"), as_it_is("llama_mha_tied")));
  write_renamed(folder.path(), "llama_gqa_untied",
                [&](std::string const& name) { return name == "lm_head.weight" ? "" : without_model(name); });
  CHECK_THROWS_WITH(read_back(folder.path(), "llama_gqa_untied"),
                    Contains("'lm_head.weight' is missing") && Contains("tie_word_embeddings"));
}

TEST_CASE("a tied model's head is read as transformers 5 reads it") {
  test::temporary_folder const folder;
  auto const tied = as_it_is("llama_mha_tied");
  ease::safetensors_folder const sound{fixtures / "llama_mha_tied"};
  auto const same = [](auto name) { return name; };

  write_renamed(folder.path(), "llama_mha_tied",
                [](std::string const& name) { return name == "model.embed_tokens.weight" ? "lm_head.weight" : name; });
  auto const alone = read_back(folder.path(), "llama_mha_tied");  // only the head was saved
  CHECK(same_weights(alone, tied));
  CHECK(alone.lm_head.is_same(alone.embed_tokens));

  auto head = *sound.find("model.embed_tokens.weight");
  head.name = "lm_head.weight";
  std::vector<std::string> said;
  write_renamed(folder.path(), "llama_mha_tied", same, {head});
  auto const both = read_back(folder.path(), "llama_mha_tied", &said);
  CHECK(both.config.tied);
  CHECK(both.lm_head.is_same(both.embed_tokens));
  CHECK(said.empty());

  std::vector<std::byte> other{head.bytes.begin(), head.bytes.end()};
  other.front() ^= std::byte{1};
  head.bytes = other;
  write_renamed(folder.path(), "llama_mha_tied", same, {head});
  auto const apart = read_back(folder.path(), "llama_mha_tied", &said);
  CHECK_FALSE(apart.config.tied);
  CHECK_FALSE(at::equal(apart.lm_head, apart.embed_tokens));
  CHECK(at::equal(apart.embed_tokens, tied.embed_tokens));
  REQUIRE(said.size() == 1);
  CHECK_THAT(said.front(), Contains("tie_word_embeddings") && Contains("lm_head.weight"));
}

TEST_CASE("a folder without safetensors says what it has instead") {
  test::temporary_folder const folder;
  auto const refusal = [&] {
    try {
      ease::safetensors_folder const files{folder.path()};
    } catch (ease::error const& e) {
      return std::string{e.what()};
    }
    return std::string{};
  };
  CHECK_THAT(refusal(), Contains("model.safetensors") && Contains("convert"));
  folder.file("consolidated.00.pth", "x");
  CHECK_THAT(refusal(), Contains("consolidated.00.pth") && Contains("own format"));
  folder.file("pytorch_model-00001-of-00002.bin", "PK");
  CHECK_THAT(refusal(), Contains("pytorch_model-00001-of-00002.bin is a pickle") && Contains("save_pretrained"));
  folder.file("model-00001-of-00002.safetensors", "x");
  CHECK_THAT(refusal(), Contains("model-00001-of-00002.safetensors is one of several files, whose index is missing"));
  folder.file("model.safetensors.index.json",
              R"({"weight_map":{"a":"one.safetensors","b":"two.safetensors","c":"two.safetensors"}})");
  CHECK_THAT(refusal(), Contains("2 of its 2 files are not there") && Contains("one.safetensors, two.safetensors"));
  folder.file("model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12345\n");
  CHECK_THAT(refusal(), Contains("Git LFS pointer") && Contains("git lfs pull"));
}
