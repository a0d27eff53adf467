// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <ease/io/tensors/gguf.hpp>
#include <ease/io/tensors/safetensors_folder.hpp>
#include <ease/io/tensors/safetensors_writer.hpp>
#include <ease/llm/files/config_gguf.hpp>
#include <ease/llm/files/config_json.hpp>
#include <ease/llm/files/weights.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "catch.hpp"
#include "io/temporary.hpp"

namespace {

namespace fs = std::filesystem;
using Catch::Contains;
fs::path const fixtures = fs::path{EASE_FIXTURES} / "llm";

std::string text_of(fs::path const& path) {
  std::ostringstream text;
  text << std::ifstream{path}.rdbuf();
  return text.str();
}
fs::path written(std::string const& text) {
  static test::temporary_folder const folder;
  return folder.file("config.json", text);
}
// The fixture's config.json with one text replaced.
std::string changed(std::string const& folder, std::string const& from, std::string const& to) {
  std::string text = text_of(fixtures / folder / "config.json");
  auto const at = text.find(from);
  REQUIRE(at != text.npos);
  return text.replace(at, from.size(), to);
}
std::string message_of(std::string const& config) {
  try {
    ease::read_config(written(config));
  } catch (ease::error const& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("config.json of transformers 4 and 5 is understood, and what is left out has transformers' defaults") {
  auto const five = ease::read_config(fixtures / "qwen2_tied" / "config.json");
  CHECK(five.rope_theta == 1e6);
  CHECK(five.tied);
  CHECK(five.qkv_bias);
  CHECK(five.head_dim == 8);
  auto const four = ease::read_config(fixtures / "llama3_rope" / "config.json");
  CHECK(four.rope_theta == 5e5);
  CHECK(four.rope_scaling == ease::any_rope_scaling{ease::llama3_rope_scaling{8.0, 1.0, 4.0, 512}});
  auto const bare = ease::read_config(written(
      R"({"model_type":"llama","hidden_size":32,"num_hidden_layers":1,"num_attention_heads":4,"intermediate_size":8,"vocab_size":9,"rope_scaling":null})"));
  CHECK(bare.architecture == "LlamaForCausalLM");
  CHECK(bare.kv_heads == 4);
  CHECK(bare.head_dim == 8);
  CHECK(bare.context == 2048);
  CHECK_FALSE(bare.tied);
}

TEST_CASE("a configuration written is read back the same") {
  for (auto const* folder : {"llama_gqa_untied", "llama3_rope", "llama_head_size", "qwen2_tied", "qwen3_sharded"}) {
    auto const config = ease::read_config(fixtures / folder / "config.json");
    CHECK(ease::read_config(written(ease::config_text(config, {}, "float32"))) == config);
  }
}

TEST_CASE("a configuration we would compute wrongly is refused, saying what is supported") {
  CHECK_THAT(message_of(changed("llama_gqa_untied", "LlamaForCausalLM", "GPT2LMHeadModel")),
             Contains("architecture 'GPT2LMHeadModel' is not supported; supported: LlamaForCausalLM, Qwen2ForCausalLM"));
  CHECK_THAT(message_of(R"({"model_type":"mamba"})"),
             Contains("model_type 'mamba' is not supported; supported: llama, qwen2"));
  CHECK_THAT(message_of(changed("llama3_rope", "\"llama3\"", "\"longrope\"")),
             Contains("'rope_type': 'longrope' is not supported; supported: default, linear, dynamic, yarn, llama3"));
  CHECK_THAT(message_of(changed("llama3_rope", "\"factor\": 8.0", "\"factor\": 0")), Contains("positive 'factor'"));
  CHECK_THAT(message_of(changed("llama_gqa_untied", "\"attention_bias\": false", "\"attention_bias\": true")),
             Contains("attention_bias"));
  CHECK_THAT(message_of(changed("llama_gqa_untied", "\"silu\"", "\"gelu\"")), Contains("'gelu' is not supported"));
  CHECK_THAT(message_of(changed("llama_gqa_untied", "\"mlp_bias\": false", "\"quantization_config\": {}")),
             Contains("quantised checkpoints are not supported"));
  CHECK_THAT(message_of(changed("qwen2_tied", "\"use_sliding_window\": false", "\"use_sliding_window\": true")),
             Contains("sliding windows"));
  CHECK_THAT(message_of(changed("llama_gqa_untied", "\"hidden_size\": 32", "\"hidden_size\": 1e99")),
             Contains("'hidden_size' is not a whole number"));
  CHECK_THAT(message_of(changed("llama_gqa_untied", "\"hidden_size\"", "\"hidden\"")), Contains("'hidden_size' is missing"));
  CHECK_THAT(message_of(changed("llama_gqa_untied", "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3")),
             Contains("4 attention heads cannot share 3 key-value heads"));
  CHECK_THAT(message_of(changed("llama_gqa_untied", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": -2")),
             Contains("layers of -2 is out of range"));
  CHECK_THAT(message_of(changed("llama_gqa_untied", "\"head_dim\": 8", "\"head_dim\": 7")), Contains("head size of 7"));
  CHECK_THAT(message_of("{"), Contains("config.json"));
}

TEST_CASE("weights that do not fit the configuration are refused by name") {
  auto config = ease::read_config(fixtures / "llama_gqa_untied" / "config.json");
  ease::safetensors_folder const files{fixtures / "llama_gqa_untied"};
  auto const load = [&] { return ease::load_weights(config, files, at::kCPU, at::kFloat); };
  CHECK_NOTHROW(load());
  config.layers = 3;
  CHECK_THROWS_WITH(load(), Contains("tensor 'model.layers.2.self_attn.q_proj.weight' is missing"));
  config.layers = 1;
  CHECK_THROWS_WITH(load(), Contains("tensor 'model.layers.1.") && Contains("is no part of a LlamaForCausalLM"));
  config.layers = 2;
  config.vocab = 65;
  CHECK_THROWS_WITH(load(), Contains("'model.embed_tokens.weight' has shape [64, 32], the configuration makes it [65, 32]"));
  config.vocab = 64;
  config.tied = true;  // as transformers 5: a head of its own is used
  CHECK_FALSE(load().config.tied);
  CHECK_FALSE(load().lm_head.is_same(load().embed_tokens));
}

TEST_CASE("weights of integers are refused, and unaligned ones are read") {
  test::temporary_folder const folder;
  auto const config = ease::read_config(fixtures / "llama_mha_tied" / "config.json");
  ease::safetensors_folder const sound{fixtures / "llama_mha_tied"};
  std::byte const odd{1};
  std::vector<ease::safetensors_entry> tensors{{"x.rotary_emb.inv_freq", "U8", {1}, {&odd, 1}}};
  for (auto const& [name, entry] : sound.entries()) tensors.push_back(*entry);
  ease::write_safetensors(folder / "model.safetensors", tensors);
  auto const net = ease::load_weights(config, ease::safetensors_folder{folder.path()}, at::kCPU, at::kFloat);
  auto const same = ease::load_weights(config, sound, at::kCPU, at::kFloat);
  CHECK(at::equal(net.layers[1].down_proj.weight, same.layers[1].down_proj.weight));
  for (auto& t : tensors)
    if (t.name == "model.norm.weight") t.dtype = "I16";
  ease::write_safetensors(folder / "model.safetensors", tensors);
  CHECK_THROWS_WITH(
      ease::load_weights(config, ease::safetensors_folder{folder.path()}, at::kCPU, at::kFloat),
      Contains("tensor 'model.norm.weight' has dtype I16, which is not supported for weights; supported: F32"));
}

TEST_CASE("GGUF metadata give the configuration, Llama 3.1's scaling included") {
  ease::gguf_file const plain{fixtures / "llama.gguf"}, scaled{fixtures / "llama3.gguf"}, qwen{fixtures / "qwen2.gguf"};
  auto const c = ease::read_config(plain);
  CHECK(c.tied);
  CHECK(c.norm_eps == 1e-6);
  CHECK_FALSE(c.rope_scaling);
  CHECK(c.head_dim == 8);
  auto const s = ease::read_config(scaled);
  CHECK(s.rope_scaling == ease::any_rope_scaling{ease::llama3_rope_scaling{8.0, 1.0, 4.0, 8192}});
  CHECK(s.head_dim == 16);
  CHECK_FALSE(s.tied);
  CHECK(ease::read_config(qwen).qkv_bias);
}

TEST_CASE("a matrix in the dtype asked for is the file's memory, and writing to it leaves the file alone") {
  test::temporary_folder const folder;
  fs::path const copy = fs::path{folder.path()} / "model";
  fs::copy(fixtures / "qwen2_tied", copy);
  auto const load = [&](at::ScalarType type) {
    return ease::load_weights(ease::read_config(copy / "config.json"), ease::safetensors_folder{copy}, at::kCPU, type);
  };
  std::string const before = text_of(copy / "model.safetensors");
  ease::safetensors_folder const file{copy};
  auto const *const head = file.find("model.embed_tokens.weight"), *const down =
                                                                       file.find("model.layers.0.mlp.down_proj.weight");
  REQUIRE(head->dtype == "F32");
  auto net = load(at::kFloat);
  auto const same = load(at::kFloat);
  auto const begin = [](at::Tensor const& t) { return static_cast<std::byte const*>(t.const_data_ptr()); };
  CHECK(begin(net.layers[0].down_proj.weight) - begin(net.embed_tokens) == down->bytes.data() - head->bytes.data());
  net.embed_tokens.fill_(7);
  net.layers[0].down_proj.weight.add_(1);
  CHECK(at::equal(net.embed_tokens, at::full_like(net.embed_tokens, 7)));
  CHECK(at::equal(load(at::kFloat).embed_tokens, same.embed_tokens));
  CHECK(text_of(copy / "model.safetensors") == before);
  fs::remove(copy / "model.safetensors");  // a name that is gone, or is another file's, changes nothing
  CHECK(at::equal(net.layers[0].down_proj.weight, same.layers[0].down_proj.weight + 1));
  net.layers[0].down_proj.weight.reset();
  CHECK(at::equal(net.layers[0].up_proj.weight, same.layers[0].up_proj.weight));
}
