// SPDX-License-Identifier: Apache-2.0
#pragma once
// The tensors of a Hugging Face folder by the names that transformers gives them. Wrappers that were saved along with a model
// are taken off its names: those of torch.compile, FSDP, activation checkpointing, DDP and PEFT; a model saved without its
// head (LlamaModel) gets the "model." it lacks. That is said, and refused where two tensors would have one name. And what a
// folder says of its head, which config.json may say otherwise.
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/tensors/safetensors_folder.hpp>
#include <ease/llm/arch/config.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// Lives no longer than the folder it is made of.
class checkpoint_tensors {
 public:
  // Throws if the names are those of an adapter that was not merged, or if two tensors would have one name.
  explicit checkpoint_tensors(safetensors_folder const& files) : folder_{files.folder()} {
    std::set<std::string_view> taken_off;
    for (auto const& [name, entry] : files.entries()) {
      refuse_adapters(name);
      auto plain = unwrapped(name, taken_off);
      if (!by_name_.emplace(std::move(plain), entry).second)
        throw error{"{}: tensor '{}' has the name of another, but for a wrapper's", path(), printable(name)};
    }
    if (!taken_off.empty())
      notices_.push_back(
          fmt::format("{}: tensors are named for the wrapper {}, which is taken off", path(), fmt::join(taken_off, ", ")));
    add_model();
  }

  safetensors_entry const* find(std::string_view name) const {
    auto const at = by_name_.find(name);
    return at == by_name_.end() ? nullptr : at->second;
  }
  std::map<std::string, safetensors_entry const*, std::less<>> const& entries() const { return by_name_; }
  std::string path() const { return folder_.string(); }
  std::vector<std::string> const& notices() const { return notices_; }  // what a person should be told

 private:
  void refuse_adapters(std::string_view name) const {
    if (name.find(".lora_") != std::string_view::npos || name.find(".base_layer.") != std::string_view::npos)
      throw error{
          "{}: tensor '{}' is part of an adapter that was not merged; save the merged model (merge_and_unload), or the "
          "adapter by itself",
          path(), printable(name)};
  }

  static std::string unwrapped(std::string_view name, std::set<std::string_view>& taken_off) {
    constexpr std::array inside{"_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module."};
    constexpr std::array before{"base_model.model.", "module."};
    std::string plain{name};
    for (std::string_view const wrapper : inside)
      for (std::size_t at = 0; (at = plain.find(wrapper, at)) != std::string::npos;) {
        if (at > 0 && plain[at - 1] != '.') {
          ++at;
          continue;
        }
        plain.erase(at, wrapper.size());
        taken_off.insert(wrapper);
      }
    for (std::string_view const wrapper : before)
      if (plain.starts_with(wrapper)) {
        plain.erase(0, wrapper.size());
        taken_off.insert(wrapper);
      }
    return plain;
  }

  void add_model() {
    if (find("embed_tokens.weight") == nullptr || find("model.embed_tokens.weight") != nullptr) return;
    decltype(by_name_) named;
    for (auto const& [name, entry] : by_name_) named.emplace(name.starts_with("lm_head.") ? name : "model." + name, entry);
    by_name_ = std::move(named);
  }

  std::filesystem::path folder_;
  std::map<std::string, safetensors_entry const*, std::less<>> by_name_{};
  std::vector<std::string> notices_{};
};

// `config` with the head that the folder has, as transformers 5 decides it: a tied model whose folder has a head of its own
// is not tied, unless the two are equal. Reads both tables where a tied model has two.
inline model_config with_head_of(checkpoint_tensors const& tensors, model_config config,
                                 std::function<void(std::string)> const& say = {}) {
  if (!config.tied) return config;
  auto const *const head = tensors.find("lm_head.weight"), *const table = tensors.find("model.embed_tokens.weight");
  if (head == nullptr || table == nullptr) return config;
  if (head->dtype == table->dtype && head->shape == table->shape && std::ranges::equal(head->bytes, table->bytes))
    return config;
  config.tied = false;
  if (say)
    say(fmt::format(
        "{}: config.json says tie_word_embeddings, but lm_head.weight is another table than the embeddings: it is "
        "used, and the model is not tied",
        tensors.path()));
  return config;
}

}  // namespace ease::inline v1
