// SPDX-License-Identifier: Apache-2.0
#pragma once
// LoRA (Hu et al. 2021): the weights stay as they are, and float32 adapters of low rank beside some of the matrices are
// trained. Written in PEFT's format, so that peft.PeftModel.from_pretrained(base, FOLDER) computes what we do; or merged.
// Non-goals: dropout, DoRA, adapters of embedding and head, reading adapters.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/io/files/atomic_file.hpp>
#include <ease/io/files/atomic_folder.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/io/tensors/safetensors_index.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/files/tensor_files.hpp>
#include <ease/train/options/training_options.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// Adds adapters to the targets, initialised as in PEFT so that they change nothing yet: A Kaiming uniform (a = sqrt 5), B
// zero. A function of options and seed.
inline void add_adapters(decoder& net, lora_options const& options, std::uint64_t seed) {
  check(options);
  c10::NoGradGuard const no_gradient;
  auto generator = at::detail::createCPUGenerator(seed);
  decoder::each_linear(net, [&](std::string const& name, linear_shape const& shape, linear_weights& linear) {
    if (std::ranges::none_of(options.targets, [&](auto const& target) { return name.ends_with("." + target); })) return;
    auto const bound = 1.0 / std::sqrt(static_cast<double>(shape.in));
    auto const wide = at::TensorOptions{}.dtype(at::kFloat);
    auto const device = linear.weight.device();
    linear.adapter = {.a = at::empty({options.rank, shape.in}, wide).uniform_(-bound, bound, generator).to(device),
                      .b = at::zeros({shape.out, options.rank}, wide.device(device)),
                      .scaling = options.alpha / static_cast<double>(options.rank)};
  });
}

// The adapters' matrices by the names PEFT gives them, without its prefix.
inline named_tensors adapter_parameters(decoder const& net) {
  named_tensors all;
  decoder::each_linear(net, [&](std::string const& name, linear_shape const&, linear_weights const& linear) {
    if (!linear.adapter.a.defined()) return;
    all.emplace_back(name + ".lora_A.weight", linear.adapter.a);
    all.emplace_back(name + ".lora_B.weight", linear.adapter.b);
  });
  return all;
}

// Merges the adapters into the weights, which keep their dtype, and removes them.
inline void merge_adapters(decoder& net) {
  c10::NoGradGuard const no_gradient;
  decoder::each_linear(net, [&](std::string const&, linear_shape const&, linear_weights& linear) {
    auto& [weight, bias, adapter] = linear;
    if (!adapter.a.defined()) return;
    weight.copy_(weight.to(at::kFloat).add_(at::mm(adapter.b, adapter.a), adapter.scaling));
    adapter = {};
  });
}

// Casts the weights, which are not trained, to `type` for this object's lifetime, and restores them afterwards.
class frozen_weights {
 public:
  frozen_weights(decoder& net, at::ScalarType type) {
    c10::NoGradGuard const no_gradient;
    for (auto& [name, weight] : net.named_parameters()) {
      if (weight.scalar_type() == type) continue;
      before_.emplace_back(weight, weight.detach());
      weight.set_data(weight.detach().to(type));
    }
  }
  frozen_weights(frozen_weights const&) = delete;
  frozen_weights& operator=(frozen_weights const&) = delete;
  ~frozen_weights() {
    c10::NoGradGuard const no_gradient;
    for (auto& [weight, was] : before_) weight.set_data(was);
  }

 private:
  std::vector<std::pair<at::Tensor, at::Tensor>> before_;
};

// adapter_config.json and adapter_model.safetensors into `folder`, which must exist. `base` is the path of the model that
// was trained on, or its name on the hub with its `revision`. `with_vocabulary`: its embedding got new rows, so the file holds embedding and head as well, as PEFT's own
// save_embedding_layers does (the base is then resized before the adapter is loaded).
inline void write_adapter(decoder const& net, lora_options const& options, std::string const& base,
                          std::string const& revision, bool with_vocabulary, std::filesystem::path const& folder) {
  named_tensors tensors;
  for (auto const& [name, tensor] : adapter_parameters(net)) tensors.emplace_back("base_model.model." + name, tensor);
  if (with_vocabulary) {
    tensors.emplace_back("base_model.model.model.embed_tokens.weight", net.embed_tokens);
    if (!net.config.tied) tensors.emplace_back("base_model.model.lm_head.weight", net.lm_head);
  }
  write_tensors(folder / adapter_weights_name, tensors);
  std::string text;
  json_writer w{text};
  w.object().key("alpha_pattern").object().end().key("base_model_name_or_path").value(base).key("bias").value("none");
  w.key("fan_in_fan_out").value(false).key("inference_mode").value(true).key("init_lora_weights").value(true);
  w.key("layers_pattern").value(nullptr).key("layers_to_transform").value(nullptr);
  w.key("lora_alpha").value(options.alpha).key("lora_dropout").value(0.0).key("modules_to_save").value(nullptr);
  w.key("peft_type").value("LORA").key("r").value(options.rank).key("rank_pattern").object().end();
  w.key("revision");
  revision.empty() ? w.value(nullptr) : w.value(revision);
  w.key("target_modules").array();
  for (auto const& target : options.targets) w.value(target);
  w.end().key("task_type").value("CAUSAL_LM").key("use_dora").value(false).key("use_rslora").value(false).end();
  write_atomically(folder / adapter_config_name, text += '\n');
}

}  // namespace ease::inline v1
