// SPDX-License-Identifier: Apache-2.0
#include <ease/llm/decoder/forward.hpp>
#include <ease/llm/files/json_fields.hpp>
#include <ease/llm/files/random_decoder.hpp>
#include <ease/train/step/lora.hpp>
#include <ease/train/trainer.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "io/temporary.hpp"
#include "train/reference.hpp"
// After libtorch: both have a CHECK, and the last one counts.
#include "catch.hpp"

namespace {

std::filesystem::path const fixture = reference::folder / "lora";
// As in tests/oracle/train/lora_peft.py.
ease::lora_options const theirs{.rank = 3, .alpha = 12, .targets = {"v_proj", "q_proj", "down_proj", "gate_proj"}};

// The fixtures' model with the adapter that PEFT wrote: every one of our names must be in its file, and no more.
ease::decoder with_their_adapter() {
  auto net = reference::model("llama_untied");
  ease::add_adapters(net, theirs, 1);
  ease::named_tensors renamed;
  for (auto const& [name, tensor] : ease::adapter_parameters(net)) renamed.emplace_back("base_model.model." + name, tensor);
  ease::read_tensors(fixture / "adapter_model.safetensors", renamed);
  return net;
}
at::Tensor logits(ease::decoder const& net, at::Tensor const& ids) {
  c10::NoGradGuard const no_gradient;
  return net.logits(net.hidden(ids, at::arange(ids.size(0)), [](std::size_t, auto const& q, auto const& k, auto const& v) {
    auto const heads = [](at::Tensor const& x) { return x.transpose(0, 1); };
    return at::scaled_dot_product_attention(heads(q), heads(k), heads(v), {}, 0.0, true, {}, true).transpose(0, 1);
  }));
}
at::Tensor expected(std::string const& name, at::ScalarType type = at::kFloat) {
  ease::safetensors_file const file{fixture / "expected.safetensors"};
  return reference::tensor_of(file, name, type);
}
double distance(at::Tensor const& a, at::Tensor const& b) { return (a - b).abs().max().item<double>(); }

}  // namespace

TEST_CASE("with an adapter of PEFT's the logits are PEFT's, merged as well") {
  auto net = with_their_adapter();
  auto const ids = expected("input", at::kLong);
  auto const without = logits(reference::model("llama_untied"), ids);
  CHECK(distance(logits(net, ids), without) > 0.1);
  CHECK(distance(logits(net, ids), expected("logits")) < 2e-5);
  ease::merge_adapters(net);
  CHECK(ease::adapter_parameters(net).empty());
  CHECK(distance(logits(net, ids), expected("merged_logits")) < 2e-5);
}

TEST_CASE("an adapter is trained as a plain loop on PEFT trains it, and the weights stay as they were") {
  bool const checkpointing = GENERATE(false, true);
  auto const budget = GENERATE(1UL, 4096UL);
  auto net = with_their_adapter();
  auto const steps = expected("steps", at::kDouble);
  ease::training_options options{.learning_rate = 3e-3,
                                 .epochs = 1,
                                 .batch_size = 2,
                                 .gradient_accumulation_steps = 2,
                                 .max_length = 64,
                                 .warmup_ratio = 0.2,
                                 .weight_decay = 0.1,
                                 .precision = ease::training_precision::float32,
                                 .gradient_checkpointing = checkpointing,
                                 .micro_batch_tokens = budget,
                                 .lora = theirs};
  std::vector<ease::training_step> seen;
  ease::trainer<> trainer{options, [&](ease::training_step const& s) { seen.push_back(s); }};
  auto const rows = reference::unshuffled(reference::expected("llama_untied").rows, options.seed);
  auto const report = trainer.train(net, rows);
  CHECK(report.parameters == 2 * 3 * ((32 + 32) + (32 + 16) + (32 + 48) + (48 + 32)));
  REQUIRE(seen.size() == 10);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    auto const at = steps[static_cast<std::int64_t>(i)];
    CHECK(seen[i].loss == Approx(at[0].item<double>()).epsilon(1e-5));
    CHECK(seen[i].gradient_norm == Approx(at[1].item<double>()).epsilon(1e-4));
  }
  auto const before = reference::model("llama_untied").named_parameters();
  auto const after = net.named_parameters();
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(at::equal(before[i].second, after[i].second));
}

TEST_CASE("under bfloat16 weights the adapters are float32 and follow the float32 run, the weights come back as they were") {
  auto net = with_their_adapter();
  auto const steps = expected("steps", at::kDouble);
  ease::training_options const options{.learning_rate = 3e-3,
                                       .epochs = 1,
                                       .batch_size = 2,
                                       .gradient_accumulation_steps = 2,
                                       .max_length = 64,
                                       .warmup_ratio = 0.2,
                                       .weight_decay = 0.1,
                                       .precision = ease::training_precision::mixed,
                                       .lora = theirs};
  std::vector<double> losses;
  ease::trainer<> trainer{options, [&](ease::training_step const& s) { losses.push_back(s.loss); }};
  trainer.train(net, reference::unshuffled(reference::expected("llama_untied").rows, options.seed));
  for (std::size_t i = 0; i < losses.size(); ++i)
    CHECK(losses[i] == Approx(steps[static_cast<std::int64_t>(i)][0].item<double>()).epsilon(0.02));
  CHECK(at::equal(net.layers[0].q_proj.weight, reference::model("llama_untied").layers[0].q_proj.weight));
  for (auto const& [name, tensor] : ease::adapter_parameters(net)) CHECK(tensor.scalar_type() == at::kFloat);
}

TEST_CASE("new adapters change nothing yet, and are drawn within PEFT's bounds by the seed") {
  auto net = ease::random_decoder(reference::tiny_config(), 3);
  auto const ids = at::arange(12);
  auto const before = logits(net, ids);
  ease::add_adapters(net, {.rank = 4}, 9);
  CHECK(at::equal(logits(net, ids), before));
  auto const& down = net.layers[1].down_proj.adapter.a;  // [4, 48]
  CHECK(down.abs().max().item<double>() <= 1 / std::sqrt(48.0));
  CHECK(down.std().item<double>() == Approx(1 / std::sqrt(3 * 48.0)).epsilon(0.15));
  auto same = ease::random_decoder(reference::tiny_config(), 3), other = ease::random_decoder(reference::tiny_config(), 3);
  ease::add_adapters(same, {.rank = 4}, 9);
  ease::add_adapters(other, {.rank = 4}, 10);
  CHECK(at::equal(same.layers[1].down_proj.adapter.a, down));
  CHECK(!at::equal(other.layers[1].down_proj.adapter.a, down));
}

TEST_CASE("what is written is PEFT's file, tensor by tensor, and its settings by the same names") {
  test::temporary_folder const folder;
  auto const net = with_their_adapter();
  ease::write_adapter(net, theirs, "tests/fixtures/train/llama_untied", "", false, folder.path());
  ease::safetensors_file const ours{folder / "adapter_model.safetensors"}, peft{fixture / "adapter_model.safetensors"};
  REQUIRE(ours.entries().size() == peft.entries().size());
  for (auto const& entry : peft.entries()) {
    INFO(entry.name);
    auto const* const found = ours.find(entry.name);
    REQUIRE(found != nullptr);
    CHECK(found->dtype == entry.dtype);
    CHECK(found->shape == entry.shape);
    CHECK(std::ranges::equal(found->bytes, entry.bytes));
  }
  ease::json_fields const our_settings{folder / "adapter_config.json"}, settings{fixture / "adapter_config.json"};
  for (auto const* name : {"base_model_name_or_path", "bias", "peft_type", "task_type"})
    CHECK(our_settings.text(name) == settings.text(name));
  for (auto const* name : {"r", "lora_alpha"}) CHECK(our_settings.number(name) == settings.number(name));
  for (auto const* name : {"fan_in_fan_out", "inference_mode", "use_dora", "use_rslora"})
    CHECK(our_settings.flag(name) == settings.flag(name));
  auto const sorted = [](auto names) {
    std::ranges::sort(names);  // a set to PEFT
    return names;
  };
  CHECK(sorted(our_settings.list<std::string_view>("target_modules", "names")) ==
        sorted(settings.list<std::string_view>("target_modules", "names")));

  ease::write_adapter(net, theirs, "base", "", true, folder.path());
  ease::safetensors_file const wide{folder / "adapter_model.safetensors"};
  CHECK(wide.entries().size() == peft.entries().size() + 2);
  CHECK(wide.find("base_model.model.lm_head.weight") != nullptr);
}

TEST_CASE("adapters that make no sense are refused by name") {
  using Catch::Contains;
  CHECK_THROWS_WITH(ease::check(ease::lora_options{.rank = 0}), Contains("lora_rank is 0: it must be 1 or more"));
  CHECK_THROWS_WITH(ease::check(ease::lora_options{.alpha = 0}), Contains("lora_alpha is 0: it must be above 0"));
  CHECK_THROWS_WITH(ease::check(ease::lora_options{.targets = {}}), Contains("lora_targets: name at least one matrix"));
  CHECK_THROWS_WITH(ease::check(ease::lora_options{.targets = {"lm_head"}}),
                    Contains("lora_targets is lm_head: choose one of q_proj, k_proj"));
}
