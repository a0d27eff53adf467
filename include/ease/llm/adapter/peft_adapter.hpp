// SPDX-License-Identifier: Apache-2.0
#pragma once
// A LoRA adapter in PEFT's format, merged into the weights it was trained on: W + s B A, where s is alpha / r or, rank-stabilised
// (Kalajdzievski 2023), alpha / sqrt(r); with DoRA (Liu et al. 2024) its rows scaled to the magnitudes that were learnt. Modules
// that were trained whole (modules_to_save, a vocabulary that grew) take the place of the base's. What is computed is what
// PEFT's merge_and_unload computes. Products and sums are in float32, and rounded once.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/tensors/safetensors.hpp>
#include <ease/io/tensors/safetensors_index.hpp>
#include <ease/llm/adapter/adapter_config.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/files/tensor_files.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

class peft_adapter {
 public:
  // Reads the headers of the files alone. Throws if they are not a LoRA adapter that can be merged.
  explicit peft_adapter(std::filesystem::path const& folder)
      : folder_{folder}, config_{adapter_config::read(folder / adapter_config_name)}, file_{weights_of(folder)} {
    for (auto const& entry : file_.entries()) sort(entry);
    for (auto const& [module, m] : modules_) check(module, m);
  }

  std::vector<std::string> const& notices() const { return config_.notices; }

  // The configuration of the merged model: a vocabulary that grew, a head that is no longer the embeddings.
  model_config applied_to(model_config c) const {
    auto const *const table = whole(embeddings), *const head = whole(lm_head);
    if (auto const* const one = table != nullptr ? table : head; one != nullptr && one->shape.size() == 2)
      c.vocab = one->shape.front();
    if (c.tied && !stays_tied()) c.tied = false;
    return c;
  }

  // Throws if a tensor is none of the decoder's, or has another shape.
  void merge_into(decoder& net) const {
    c10::NoGradGuard const no_gradient;
    model_config const after = applied_to(net.config);
    if (net.config.tied && (adds_to(embeddings) || adds_to(lm_head)))
      throw error{"{}: a low-rank addition to the embeddings of a tied model is not supported", path()};
    place_vocabulary(net, after);
    std::map<std::string, at::Tensor*, std::less<>> parameters;
    decoder::each_parameter(net, [&](parameter const& p, at::Tensor& weight) { parameters.emplace(p.name, &weight); });
    for (auto const& [name, m] : modules_) {
      auto const at = parameters.find(name + ".weight");
      if (at == parameters.end()) {
        if (name == lm_head && net.config.tied) continue;  // the embeddings, under their other name
        throw error{"{}: module '{}' is no part of a {}", path(), printable(name), net.config.architecture};
      }
      if (m.whole != nullptr && name != embeddings && name != lm_head) replace(*at->second, *m.whole);
      if (m.a != nullptr) add(name, m, *at->second);
    }
  }

 private:
  static constexpr std::string_view embeddings{"model.embed_tokens"}, lm_head{"lm_head"};

  struct parts {
    safetensors_entry const *a{nullptr}, *b{nullptr}, *magnitude{nullptr}, *whole{nullptr};
    bool of_embedding{false};
  };

  static safetensors_file weights_of(std::filesystem::path const& folder) {
    auto const file = folder / adapter_weights_name;
    if (!exists(file) && exists(folder / "adapter_model.bin"))
      throw error{
          "{}: adapter_model.bin is a pickle, which is not read; adapter_model.safetensors is needed: load it with PEFT and "
          "save_pretrained",
          folder.string()};
    if (!exists(file)) throw error{"{}: adapter_config.json is there, and no adapter_model.safetensors", folder.string()};
    return safetensors_file{file};
  }

  std::string path() const { return folder_.string(); }
  parts const* find(std::string_view name) const {
    auto const at = modules_.find(name);
    return at == modules_.end() ? nullptr : &at->second;
  }
  safetensors_entry const* whole(std::string_view name) const {
    auto const* const m = find(name);
    return m == nullptr ? nullptr : m->whole;
  }
  bool adds_to(std::string_view name) const {
    auto const* const m = find(name);
    return m != nullptr && m->a != nullptr;
  }

  // "base_model.model.MODULE.KIND", where the adapter's name, "default", may stand in KIND.
  void sort(safetensors_entry const& entry) {
    std::string name = entry.name;
    auto const drop = [&](std::string_view part) {
      for (std::size_t at = 0; (at = name.find(part, at)) != std::string::npos;) name.erase(at, part.size());
    };
    drop("_orig_mod.");
    if (name.starts_with("base_model.model.")) name.erase(0, 17);
    for (std::string_view const part : {".default", ".modules_to_save", ".base_layer"})
      if (auto const at = name.find(part);
          at != std::string::npos && (at + part.size() == name.size() || name[at + part.size()] == '.'))
        name.erase(at, part.size());
    auto const take = [&](std::string_view kind, safetensors_entry const* parts::*where, bool of_embedding = false) {
      if (!name.ends_with(kind) || name.size() == kind.size()) return false;
      auto& m = modules_[name.substr(0, name.size() - kind.size())];
      if (m.*where != nullptr) throw error{"{}: tensor '{}' comes twice", file_.path().string(), printable(entry.name)};
      m.*where = &entry, m.of_embedding |= of_embedding;
      return true;
    };
    if (take(".lora_A.weight", &parts::a) || take(".lora_B.weight", &parts::b) ||
        take(".lora_embedding_A", &parts::a, true) || take(".lora_embedding_B", &parts::b, true) ||
        take(".lora_magnitude_vector", &parts::magnitude) || take(".lora_magnitude_vector.weight", &parts::magnitude))
      return;
    if (name.find("lora_") != std::string::npos || name.find("original_module") != std::string::npos ||
        !take(".weight", &parts::whole))
      throw error{"{}: tensor '{}' is not one of those of an adapter that are supported", file_.path().string(),
                  printable(entry.name)};
  }

  void check(std::string const& name, parts const& m) const {
    auto const refuse = [&](std::string_view what) {
      throw error{"{}: module '{}': {}", file_.path().string(), printable(name), what};
    };
    if ((m.a == nullptr) != (m.b == nullptr)) refuse("one of its two matrices, A and B, is missing");
    if (m.magnitude != nullptr && m.a == nullptr) refuse("a magnitude without matrices");
    if (m.a == nullptr) return;
    if (!config_.targets_module(name)) refuse("adapter_config.json does not name it in 'target_modules'");
    if (config_.dora != (m.magnitude != nullptr))
      refuse(config_.dora ? "'use_dora' is set, and it has no magnitude" : "it has a magnitude, and 'use_dora' is not set");
    if (config_.dora && m.of_embedding) refuse("DoRA of embeddings is not supported");
    if (m.a->shape.size() != 2 || m.b->shape.size() != 2 || m.a->shape.front() != m.b->shape.back())
      refuse("its matrices A and B do not fit each other");
    if (auto const rank = config_.rank_of(name); static_cast<double>(m.a->shape.front()) != rank)
      refuse(fmt::format("its rank is {}, adapter_config.json makes it {}", m.a->shape.front(), rank));
  }

  // Whether the head of a tied model is still the embeddings. In PEFT modules_to_save makes a copy of the one that it names,
  // and anything else is read into the table that both are.
  bool stays_tied() const {
    auto const *const table = whole(embeddings), *const head = whole(lm_head);
    if (table != nullptr && head != nullptr)
      return table->dtype == head->dtype && std::ranges::equal(table->bytes, head->bytes);
    if (config_.ties_embeddings) return true;
    return !(table != nullptr && config_.saves(embeddings)) && !(head != nullptr && config_.saves(lm_head));
  }

  at::Tensor loaded(safetensors_entry const& entry, at::Tensor const& like) const {
    at::Tensor const wide = at::empty(entry.shape, at::kFloat);
    detail::copy_in(file_.path().string(), entry, wide);
    return wide.to(like.device());
  }

  void replace(at::Tensor& weight, safetensors_entry const& entry) const {
    if (at::IntArrayRef{entry.shape} != weight.sizes())
      throw error{"{}: tensor '{}' has shape [{}], the base model's has [{}]", file_.path().string(), printable(entry.name),
                  fmt::join(entry.shape, ", "), fmt::join(weight.sizes(), ", ")};
    weight.copy_(loaded(entry, weight));
  }

  void place_vocabulary(decoder& net, model_config const& after) const {
    auto const *const table = whole(embeddings), *const head = whole(lm_head);
    bool const was_tied = net.config.tied;
    auto const placed = [&](safetensors_entry const& entry, at::Tensor const& old) {
      std::vector<std::int64_t> const shape{after.vocab, after.hidden};
      if (entry.shape != shape)
        throw error{"{}: tensor '{}' has shape [{}], the model's is [{}]", file_.path().string(), printable(entry.name),
                    fmt::join(entry.shape, ", "), fmt::join(shape, ", ")};
      return loaded(entry, old).to(old.scalar_type());
    };
    auto const kept = [&](at::Tensor const& old, std::string_view name) {
      if (old.size(0) != after.vocab)
        throw error{"{}: the vocabulary has {} rows, and there are {} for '{}'", path(), after.vocab, old.size(0), name};
      return was_tied && !after.tied ? old.clone() : old;
    };
    net.config = after;
    at::Tensor const before = net.embed_tokens, head_before = net.lm_head;
    auto const* const one = table == nullptr && after.tied ? head : table;
    net.embed_tokens = one != nullptr ? placed(*one, before) : kept(before, embeddings);
    net.lm_head = after.tied ? net.embed_tokens : head != nullptr ? placed(*head, head_before) : kept(head_before, lm_head);
  }

  void add(std::string const& name, parts const& m, at::Tensor& weight) const {
    at::Tensor const a = loaded(*m.a, weight), b = loaded(*m.b, weight);
    at::Tensor product = at::mm(b, a).mul_(config_.scaling_of(name));
    if (m.of_embedding) product = product.t();
    if (product.sizes() != weight.sizes())
      throw error{"{}: module '{}' is [{}], the base model's [{}]", file_.path().string(), printable(name),
                  fmt::join(product.sizes(), ", "), fmt::join(weight.sizes(), ", ")};
    at::Tensor sum = weight.to(at::kFloat).add(product);
    if (m.magnitude != nullptr) {
      at::Tensor const wanted = loaded(*m.magnitude, weight).flatten();
      if (wanted.numel() != sum.size(0))
        throw error{"{}: module '{}': {} magnitudes for {} rows", file_.path().string(), printable(name), wanted.numel(),
                    sum.size(0)};
      sum.mul_((wanted / at::linalg_vector_norm(sum, 2, at::IntArrayRef{1})).unsqueeze(1));
    }
    weight.copy_(sum);
  }

  std::filesystem::path folder_;
  adapter_config config_;
  safetensors_file file_;
  std::map<std::string, parts, std::less<>> modules_{};
};

}  // namespace ease::inline v1
