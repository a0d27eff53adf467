// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <ease/io/tensors/dequantise.hpp>
#include <ease/io/tensors/gguf.hpp>
#include <ease/io/tensors/safetensors_folder.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/export_gguf.hpp>
#include <ease/llm/files/config_gguf.hpp>
#include <ease/llm/files/config_json.hpp>
#include <ease/llm/files/weights.hpp>
#include <ease/llm/resize_vocabulary.hpp>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"
#include "llm/fixtures.hpp"

namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using ease::ggml_type;
using namespace ease_test;

ease::language_model loaded(fs::path const& path) { return ease::load_model(path, at::kCPU, ease::precision::float32); }

// A tokeniser of 60 tokens for the fixtures that have none; 4 of their 64 rows are idle.
ease::tokenizer few_words() {
  ease::gguf_vocabulary v;
  v.pre = "smollm";
  v.tokens = {"<|begin|>", "<|end|>"};
  v.token_types = {3, 3};
  for (char c = '!'; v.tokens.size() < 60; ++c) v.tokens.emplace_back(1, c), v.token_types.push_back(1);
  v.bos = 0, v.eos = 1;
  return ease::tokenizer::from_gguf(v);
}
ease::language_model of_folder(std::string const& name) {
  auto const config = ease::read_config(fixtures / name / "config.json");
  return {name, ease::load_weights(config, ease::safetensors_folder{fixtures / name}, at::kCPU, at::kFloat), few_words()};
}

// What `type` makes of a weight; norms, biases and rope stay as they are.
at::Tensor rounded(at::Tensor const& weight, ggml_type type) {
  if (weight.dim() < 2) return weight;
  if (weight.size(-1) % static_cast<std::int64_t>(ease::info_of(type)->block_elements) != 0) type = ggml_type::f16;
  ease::ggml_type_info const& info = *ease::info_of(type);
  auto const count = static_cast<std::size_t>(weight.numel());
  at::Tensor const plain = weight.contiguous(), back = at::empty_like(plain);
  std::vector<std::byte> packed(count / info.block_elements * info.block_bytes);
  REQUIRE(ease::quantise(type, {plain.data_ptr<float>(), count}, packed));
  ease::dequantise(type, packed, {back.data_ptr<float>(), count});
  return back;
}

}  // namespace

TEST_CASE("a folder exported as F32 and read back computes the very same logits, whatever its architecture") {
  test::temporary_folder const folder;
  for (auto const* name : {"llama_gqa_untied", "llama_mha_tied", "llama3_rope", "llama_head_size", "qwen2_tied",
                           "qwen2_untied", "qwen3_sharded"}) {
    INFO(name);
    auto const model = of_folder(name);
    auto const path = folder / (std::string{name} + ".gguf");
    ease::export_gguf(model, path, ggml_type::f32);
    ease::gguf_file const file{path};
    CHECK((file.find("output.weight") == nullptr) == model.net->config.tied);
    auto const config = ease::read_config(file);
    CHECK(config == model.net->config);
    auto const net = ease::load_weights(config, file, at::kCPU, at::kFloat);
    auto const before = model.net->named_parameters(), after = net.named_parameters();
    REQUIRE(before.size() == after.size());
    for (std::size_t i = 0; i < before.size(); ++i) CHECK(at::equal(before[i].second, after[i].second));
    CHECK(at::equal(logits_of(net, expected_of(name)), logits_of(*model.net, expected_of(name))));
  }
}

TEST_CASE("matrices are packed into the type asked for, and read back as its rounding of them") {
  test::temporary_folder const folder;
  auto const model = loaded(fixtures / "llama_chat");
  using counts = std::map<std::string_view, std::size_t>;
  std::map<ggml_type, counts> const wanted{{ggml_type::f32, {{"F32", 20}}},
                                           {ggml_type::f16, {{"F32", 5}, {"F16", 15}}},
                                           {ggml_type::bf16, {{"F32", 5}, {"BF16", 15}}},
                                           {ggml_type::q8_0, {{"F32", 5}, {"F16", 2}, {"Q8_0", 13}}}};  // rows of 48
  for (auto const& [type, tensors] : wanted) {
    INFO(ease::info_of(type)->name);
    std::uint64_t last = 0, total = 0;
    auto const report = ease::export_gguf(model, folder / "m.gguf", type, [&](std::uint64_t done, std::uint64_t all) {
      CHECK(done > last);
      last = done, total = all;
    });
    CHECK(report.tensors == tensors);
    CHECK(report.pre == "smollm");
    CHECK(last <= total);
    auto const again = loaded(folder / "m.gguf");
    auto const before = model.net->named_parameters(), after = again.net->named_parameters();
    REQUIRE(before.size() == after.size());
    for (std::size_t i = 0; i < before.size(); ++i) CHECK(at::equal(rounded(before[i].second, type), after[i].second));
  }
}

TEST_CASE("the ends of a turn and of a message with a tool call stand in the file where the tokeniser has them") {
  test::temporary_folder const folder;
  auto model = loaded(fixtures / "llama_chat");
  auto const written = [&] {
    ease::export_gguf(model, folder / "m.gguf", ggml_type::f16);
    ease::gguf_file const file{folder / "m.gguf"};
    return std::pair{file.integer("tokenizer.ggml.eot_token_id"), file.integer("tokenizer.ggml.eom_token_id")};
  };
  CHECK((written() ==
         std::pair{std::optional<std::int64_t>{*model.tokenizer.id_of("<|im_end|>")}, std::optional<std::int64_t>{}}));
  std::int64_t const turn = model.tokenizer.add_token("<|eot_id|>", true),
                     message = model.tokenizer.add_token("<|eom_id|>", true);
  resize_vocabulary(*model.net, 320);
  CHECK((written() == std::pair{std::optional{turn}, std::optional{message}}));
  // llama.cpp, and whoever reads the file here, ends an answer at each.
  auto const ends = loaded(folder / "m.gguf").defaults.eos;
  CHECK(std::ranges::count(ends, turn) == 1);
  CHECK(std::ranges::count(ends, message) == 1);
}

TEST_CASE("tokeniser, chat template and think tokens come back from the file") {
  test::temporary_folder const folder;
  auto model = loaded(fixtures / "llama_chat");
  for (auto const* mark : {"<think>", "</think>"}) model.tokenizer.add_token(mark, false);
  resize_vocabulary(*model.net, 320);
  model.chat = ease::chat_template{model.chat->family(), model.tokenizer};
  ease::export_gguf(model, folder / "m.gguf", ggml_type::f16);
  auto const again = loaded(folder / "m.gguf");
  CHECK(again.tokenizer.size() == model.tokenizer.size());
  CHECK(again.net->config.vocab == 320);
  for (std::string const text : {"the string 12, einführend", "<|im_start|>user\nsaying<|im_end|>", "a <think>no</think> b"})
    for (auto const policy : {ease::special_text::plain, ease::special_text::parsed})
      CHECK(again.tokenizer.encode(text, policy) == model.tokenizer.encode(text, policy));
  CHECK(again.tokenizer.id_of("<think>") == model.tokenizer.id_of("<think>"));
  CHECK_FALSE(again.tokenizer.is_special(*again.tokenizer.id_of("<think>")));
  CHECK(again.tokenizer.is_special(*again.tokenizer.id_of("<|im_end|>")));
  CHECK(again.tokenizer.bos() == model.tokenizer.bos());
  CHECK(again.tokenizer.eos() == model.tokenizer.eos());
  CHECK(again.tokenizer.pad() == model.tokenizer.pad());
  CHECK(again.tokenizer.unk() == model.tokenizer.unk());
  REQUIRE(again.chat);
  CHECK(again.chat->identity() == model.chat->identity());
  CHECK(again.chat->source() == model.chat->source());
  ease::conversation const turns{{ease::role::user, "What is the sum of 12 and 30?"}};
  CHECK(again.chat->prompt(turns).ids == model.chat->prompt(turns).ids);

  ease::gguf_file const file{folder / "m.gguf"};
  auto const types = file.integers("tokenizer.ggml.token_type");
  auto const tokens = file.texts("tokenizer.ggml.tokens");
  REQUIRE(types.size() == 320);
  REQUIRE(tokens.size() == 320);
  auto const think = static_cast<std::size_t>(*model.tokenizer.id_of("<think>"));
  CHECK(tokens[think] == "<think>");
  CHECK(types[think] == 4);  // user defined: llama.cpp finds it in any text
  CHECK(types[1] == 3);
  CHECK(types[300] == 5);
  CHECK(tokens[300] == "[PAD300]");
}

TEST_CASE("a GGUF file read and exported as F32 twice has equal bytes") {
  test::temporary_folder const folder;
  fs::create_directory(folder / "again");
  for (std::string const name : {"llama.gguf", "qwen2.gguf", "llama3.gguf"}) {
    INFO(name);
    auto const model = loaded(fixtures / name);
    ease::export_gguf(model, folder / name, ggml_type::f32);
    auto const same = loaded(folder / name);
    CHECK(same.net->config == model.net->config);
    CHECK(same.defaults == model.defaults);
    CHECK(at::equal(logits_of(*same.net, expected_of(fs::path{name}.stem())),
                    logits_of(*model.net, expected_of(fs::path{name}.stem()))));
    ease::export_gguf(same, folder / "again" / name, ggml_type::f32);
    CHECK(test::content(folder / name) == test::content(folder / "again" / name));
  }
}

TEST_CASE("Llama 3.1's scaling is written as the divisors transformers' frequencies have") {
  test::temporary_folder const folder;
  auto const model = of_folder("llama3_rope");
  ease::export_gguf(model, folder / "m.gguf", ggml_type::f16);
  ease::gguf_file const file{folder / "m.gguf"};
  auto const* const tensor = file.find("rope_freqs.weight");
  REQUIRE(tensor != nullptr);
  CHECK(tensor->type == ggml_type::f32);
  std::vector<float> divisors(4);
  ease::dequantise(tensor->type, tensor->bytes, divisors);
  auto plain = model.net->config;
  plain.rope_scaling.reset();
  at::Tensor const wanted = ease::rope_frequencies(plain) / ease::rope_frequencies(model.net->config);
  CHECK(farthest(at::tensor(divisors), wanted) < 1e-6);
  CHECK(divisors.front() == 1.0F);
  CHECK(divisors.back() == 8.0F);
}

TEST_CASE("what cannot be said in the file is refused by name, and no file appears") {
  test::temporary_folder const folder;
  auto const out = folder / "m.gguf";
  auto model = loaded(fixtures / "llama_chat");
  CHECK_THROWS_WITH(ease::export_gguf(model, out, ggml_type::q4_0), Contains("only F32, F16, BF16 and Q8_0"));
  model.net->layers[1].up_proj.weight[3][4] = 1e6;
  CHECK_THROWS_WITH(ease::export_gguf(model, out, ggml_type::f16),
                    Contains("m.gguf") && Contains("tensor 'blk.1.ffn_up.weight'") && Contains("too large for F16"));
  CHECK_FALSE(exists(out));
  CHECK_NOTHROW(ease::export_gguf(model, out, ggml_type::q8_0));
  fs::remove(out);
  model.net->final_norm[0] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(ease::export_gguf(model, out, ggml_type::f32),
                    Contains("'output_norm.weight'") && Contains("not finite"));
  CHECK(fs::is_empty(folder.path()));
}
