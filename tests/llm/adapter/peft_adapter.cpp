// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <ease/io/tensors/safetensors_folder.hpp>
#include <ease/io/tensors/safetensors_writer.hpp>
#include <ease/llm/adapter/peft_adapter.hpp>
#include <ease/llm/files/config_json.hpp>
#include <ease/llm/files/weights.hpp>
#include <ease/llm/inspect.hpp>
#include <ease/llm/model.hpp>
#include <ease/llm/model_content.hpp>
#include <ease/llm/model_place.hpp>
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

fs::path const adapters = fixtures / "adapters";

std::string said_by(std::function<void()> const& work) {
  try {
    work();
  } catch (ease::error const& e) {
    return e.what();
  }
  return "no error";
}

// A copy of the adapter `plain`, with its settings or its tensors changed.
struct changed_adapter {
  test::temporary_folder folder{};

  changed_adapter() {
    for (auto const* file : {"adapter_config.json", "adapter_model.safetensors"})
      fs::copy_file(adapters / "plain" / file, folder / file);
  }
  changed_adapter& set(std::string const& field, std::string const& value) {
    auto text = test::content(folder / "adapter_config.json");
    auto const key = fmt::format("\"{}\":", field);
    auto const at = text.find(key);
    if (at == std::string::npos) {
      text.insert(text.find('{') + 1, fmt::format("{} {},", key, value));
    } else {
      auto const begin = at + key.size();
      auto end = text.find_first_of(",\n", begin);
      if (text[text.find_first_not_of(' ', begin)] == '[') end = text.find(']', begin) + 1;
      text.replace(begin, end - begin, " " + value);
    }
    folder.file("adapter_config.json", text);
    return *this;
  }
  changed_adapter& rename(std::function<std::string(std::string)> const& renamed) {
    ease::safetensors_file const from{adapters / "plain" / "adapter_model.safetensors"};
    std::vector<ease::safetensors_entry> tensors;
    for (auto const& entry : from.entries())
      if (auto const name = renamed(entry.name); !name.empty()) tensors.push_back(entry), tensors.back().name = name;
    ease::write_safetensors(folder / "adapter_model.safetensors", tensors);
    return *this;
  }
  ease::peft_adapter read() const { return ease::peft_adapter{folder.path()}; }
  std::string refusal() const {
    return said_by([&] { (void)read(); });
  }
};

ease::decoder base_of(fs::path const& adapter) {
  auto const folder = ease::find_model(adapter.string()).base;
  return ease::load_weights(ease::read_config(folder / "config.json"), ease::safetensors_folder{folder}, at::kCPU,
                            at::kFloat);
}
at::Tensor logits_with(ease::peft_adapter const& adapter, ease::decoder net, at::Tensor const& ids) {
  c10::NoGradGuard const no_gradient;
  auto const wanted = adapter.applied_to(net.config);
  adapter.merge_into(net);
  CHECK(net.config == wanted);
  CHECK(net.config.tied == net.lm_head.is_same(net.embed_tokens));
  return net.logits(net.hidden(ids, at::arange(ids.size(0)), causal));
}

}  // namespace

TEST_CASE("an adapter of each kind is merged as PEFT merges it") {
  ease::safetensors_file const expected{adapters / "expected.safetensors"};
  auto const ids = tensor_of(expected, "ids", at::kLong);
  std::size_t kinds = 0;
  for (auto const& entry : expected.entries()) {
    if (entry.name == "ids") continue;
    ++kinds;
    INFO(entry.name);
    ease::peft_adapter const adapter{adapters / entry.name};
    CHECK(adapter.notices().empty());
    auto const logits = logits_with(adapter, base_of(adapters / entry.name), ids);
    CHECK(farthest(logits, tensor_of(expected, entry.name, at::kFloat)) < 2e-5);
  }
  CHECK(kinds == 13);
}

TEST_CASE("names that carry the adapter's own, or a compiled model's, are those of the same tensors") {
  ease::safetensors_file const expected{adapters / "expected.safetensors"};
  auto const ids = tensor_of(expected, "ids", at::kLong), wanted = tensor_of(expected, "plain", at::kFloat);
  auto const named = [](std::string const& name, std::string const& from, std::string const& to) {
    auto copy = name;
    return copy.replace(copy.find(from), from.size(), to);
  };
  for (auto const& [from, to] : {std::pair{".weight", ".default.weight"}, std::pair{"base_model.model.", ""},
                                 std::pair{"base_model.model.", "base_model.model._orig_mod."}}) {
    changed_adapter copy;
    auto const adapter = copy.rename([&](auto const& name) { return named(name, from, to); }).read();
    CHECK(farthest(logits_with(adapter, base_of(adapters / "plain"), ids), wanted) < 2e-5);
  }
}

TEST_CASE("an adapter that would not be merged as PEFT does is refused by name") {
  CHECK_THAT(changed_adapter{}.set("peft_type", "\"IA3\"").refusal(), Contains("'peft_type': 'IA3'") && Contains("LORA"));
  CHECK_THAT(changed_adapter{}.set("bias", "\"lora_only\"").refusal(), Contains("'bias': 'lora_only'"));
  CHECK_THAT(changed_adapter{}.set("init_lora_weights", "\"pissa_niter_4\"").refusal(), Contains("'pissa_niter_4'"));
  CHECK_THAT(changed_adapter{}.set("lora_bias", "true").refusal(), Contains("'lora_bias'"));
  CHECK_THAT(changed_adapter{}.set("layer_replication", "[[0, 2]]").refusal(), Contains("'layer_replication'"));
  CHECK_THAT(changed_adapter{}.set("trainable_token_indices", "[1]").refusal(), Contains("'trainable_token_indices'"));
  CHECK_THAT(changed_adapter{}.set("use_dora", "true").refusal(), Contains("'use_dora' is set") && Contains("magnitude"));
  CHECK_THAT(changed_adapter{}.set("r", "4").refusal(), Contains("its rank is 3, adapter_config.json makes it 4"));
  CHECK_THAT(changed_adapter{}.set("r", "0").refusal(), Contains("'r' is not above 0"));
  CHECK_THAT(changed_adapter{}.set("target_modules", "[\"q_proj\"]").refusal(),
             Contains("v_proj") && Contains("target_modules"));
  CHECK_THAT(changed_adapter{}.set("rank_pattern", "{\".*q_proj\": 3}").refusal(), Contains("regular expression"));
  CHECK_THAT(changed_adapter{}.rename([](auto const& n) { return n.find("lora_B") == n.npos ? n : ""; }).refusal(),
             Contains("A and B, is missing"));
  CHECK_THAT(changed_adapter{}.rename([](auto const& n) { return n + "x"; }).refusal(), Contains("not one of those"));
  auto const unknown = changed_adapter{}.set("some_new_setting", "{\"a\": 1}").set("another", "null").read();
  REQUIRE(unknown.notices().size() == 1);
  CHECK_THAT(unknown.notices().front(), Contains("'some_new_setting'"));
  CHECK(changed_adapter{}.set("fan_in_fan_out", "true").read().notices().size() == 1);  // PEFT sets it back, and warns
  changed_adapter deeper;
  deeper.rename([](std::string n) {
    auto const at = n.find("layers.1");
    return at == std::string::npos ? n : n.replace(at, 8, "layers.7");
  });
  auto net = base_of(adapters / "plain");
  CHECK_THAT(said_by([&] { ease::peft_adapter{deeper.folder.path()}.merge_into(net); }),
             Contains("'model.layers.7.self_attn.q_proj' is no part of a LlamaForCausalLM"));
  auto other = ease::load_weights(ease::read_config(fixtures / "qwen3_sharded" / "config.json"),
                                  ease::safetensors_folder{fixtures / "qwen3_sharded"}, at::kCPU, at::kFloat);
  CHECK_THAT(said_by([&] { ease::peft_adapter{adapters / "plain"}.merge_into(other); }), Contains("the base model's ["));
  test::temporary_folder const pickled;
  fs::copy_file(adapters / "plain" / "adapter_config.json", pickled / "adapter_config.json");
  CHECK_THAT(said_by([&] { ease::peft_adapter{pickled.path()}; }), Contains("no adapter_model.safetensors"));
  pickled.file("adapter_model.bin", "PK");
  CHECK_THAT(said_by([&] { ease::peft_adapter{pickled.path()}; }), Contains("adapter_model.bin is a pickle"));
}

TEST_CASE("an adapter is a model by its folder: merged, named with its base, and hashed with it") {
  auto const path = adapters / "chat";
  auto const model = ease::load_model(path, at::kCPU, ease::precision::float32);
  CHECK(model.name == "chat on llama_chat");
  REQUIRE(model.chat);
  CHECK(model.defaults.eos == std::vector<std::int32_t>{2, 0});
  ease::safetensors_file const expected{adapters / "expected.safetensors"};
  auto const ids = tensor_of(expected, "ids", at::kLong);
  c10::NoGradGuard const no_gradient;
  CHECK(farthest(model.net->logits(model.net->hidden(ids, at::arange(ids.size(0)), causal)),
                 tensor_of(expected, "chat", at::kFloat)) < 2e-5);
  auto const header = ease::load_model(path, std::nullopt, ease::precision::float32);
  CHECK(header.config() == model.config());
  CHECK(ease::exact_precision(path) == ease::precision::float32);
  CHECK(ease::tokenizer_of(path.string()).size() == model.tokenizer.size());
  auto const facts = ease::inspect_model(path.string());
  CHECK(facts.base == (fixtures / "llama_chat").string());
  CHECK(facts.adapters == std::vector<std::string>{path.string()});

  // The same adapter elsewhere, on a base that is named.
  test::temporary_folder const moved;
  fs::copy(path, moved / "adapter");
  fs::copy(fixtures / "llama_chat", moved / "base");
  auto const alone = (moved / "adapter").string(), named = alone + "?base=" + (moved / "base").string();
  CHECK_THAT(said_by([&] { ease::load_model(alone, at::kCPU, ease::precision::float32); }),
             Contains("../../llama_chat' is not there") && Contains("?base=FOLDER"));
  CHECK(ease::load_model(named, at::kCPU, ease::precision::float32).name == "adapter on base");
  auto const content = ease::content_of_model(named);
  CHECK(content == ease::content_of_model(path));
  CHECK(ease::content_if_there(named) == content);
  CHECK(content != ease::content_of_model(fixtures / "llama_chat"));
  std::ofstream{moved / "base/generation_config.json", std::ios::app} << '\n';
  CHECK(ease::content_of_model(named) != content);
  auto const after = ease::content_of_model(named);
  std::ofstream{moved / "adapter/adapter_config.json", std::ios::app} << '\n';
  CHECK(ease::content_of_model(named) != after);
  CHECK(ease::files_of_model(named) == std::vector<std::string>{(moved / "base").string(), alone});
}
