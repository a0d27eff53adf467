// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which files of a model's repository are downloaded: config, tokeniser, chat template, generation defaults, and the
// safetensors that its index names. Nothing else: no pickled weights, no code, no other formats.
#include <algorithm>
#include <array>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/hub/dataset/shard_name.hpp>
#include <ease/hub/download/hub_listing.hpp>
#include <ease/hub/hub_name.hpp>
#include <ease/io/tensors/safetensors_index.hpp>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

namespace detail {

inline constexpr std::array<std::string_view, 12> small_names{"config.json",         "generation_config.json",
                                                              "tokenizer.json",      "tokenizer_config.json",
                                                              "vocab.json",          "merges.txt",
                                                              "added_tokens.json",   "special_tokens_map.json",
                                                              "chat_template.jinja", weights_index_name,
                                                              adapter_config_name,   "README.md"};
inline constexpr std::array<std::string_view, 2> whole_weights{weights_file_name, adapter_weights_name};

}  // namespace detail

inline std::vector<hub_file> small_model_files(std::vector<hub_file> const& all) {
  std::vector<hub_file> out;
  std::ranges::copy_if(all, std::back_inserter(out), [](hub_file const& one) {
    return std::ranges::find(detail::small_names, one.path) != detail::small_names.end();
  });
  return out;
}

// The weights, once the small files are in `snapshot`. Throws ease::error where there are none that can be read.
inline std::vector<hub_file> weight_files(std::vector<hub_file> const& all, std::filesystem::path const& snapshot,
                                          hub_name const& name) {
  std::set<std::string, std::less<>> wanted;
  auto const has = [&](std::string_view path) {
    return std::ranges::any_of(all, [&](hub_file const& one) { return one.path == path; });
  };
  if (has(weights_index_name)) {
    for (auto const& [shard, tensors] : read_safetensors_index(snapshot / weights_index_name)) wanted.insert(shard);
  } else {
    for (auto const one : detail::whole_weights)
      if (has(one)) wanted.emplace(one);
  }
  std::vector<hub_file> out;
  for (auto const& one : all)
    if (wanted.contains(one.path)) out.push_back(one);
  if (!out.empty() && out.size() == wanted.size()) return out;
  for (auto const& one : wanted)
    if (!has(one))
      throw error{"{}: {} is missing, which its {} names; the model's author can mend it, or name another revision",
                  name.text(), printable(one), weights_index_name};
  std::string gguf;
  for (auto const& one : all) {
    if (gguf.empty() && one.path.ends_with(".gguf")) gguf = one.path;
    if (one.path.ends_with(".safetensors") && one.path.find('/') == one.path.npos && shard_name::parse(one.path))
      throw error{
          "{}: {} is missing, which says in which of its shards, such as {}, the weights are; the model's author can "
          "mend it, or name another revision",
          name.text(), weights_index_name, printable(one.path)};
  }
  if (!gguf.empty())
    throw error{
        "{}: has GGUF files and no safetensors; get the one you want with: ease fetch {}, and name the file that it "
        "prints",
        name.text(), hub_name{name.kind, name.owner, name.name, name.revision, {}, {}, gguf}.text()};
  throw error{"{}: has no safetensors; pickled weights (.bin, .pt) are not read, since opening them runs code: convert them",
              name.text()};
}

}  // namespace ease::inline v1
