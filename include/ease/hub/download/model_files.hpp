// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which files of a model's repository are downloaded: config, tokeniser, chat template, generation defaults, and the
// safetensors that its index names. Nothing else: no pickled weights, no code, no other formats.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/hub/download/hub_listing.hpp>
#include <ease/hub/hub_cache.hpp>
#include <ease/hub/hub_name.hpp>
#include <ease/io/files/make_folder.hpp>
#include <ease/io/tensors/safetensors_index.hpp>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
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

// Throws ease::error if what is still to come does not fit on the disk.
inline void check_free_space(std::filesystem::path const& root, hub_name const& name, std::vector<hub_file> const& files) {
  make_folder(root);
  hub_cache const cache{root, name};
  std::uint64_t wanted = 0;
  std::error_code none;
  for (auto const& one : files) {
    if (std::filesystem::exists(cache.blob(one.etag), none)) continue;
    auto const there = std::filesystem::file_size(cache.partial(one.etag), none);
    wanted += one.size - (none ? 0 : std::min<std::uint64_t>(there, one.size));
  }
  auto const free = std::filesystem::space(root, none).available;
  if (!none && wanted > free)
    throw error{"{}: {} MB are to be downloaded, and {} has {} MB free; free some, or set HF_HUB_CACHE to another disk",
                name.text(), wanted / 1'000'000, root.string(), free / 1'000'000};
}

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
  if (!wanted.empty())
    throw error{"{}: its {} names shards that the repository does not have", name.text(), weights_index_name};
  std::string gguf;
  for (auto const& one : all)
    if (gguf.empty() && one.path.ends_with(".gguf")) gguf = one.path;
  if (!gguf.empty())
    throw error{"{}: has GGUF files and no safetensors; download the one you want (such as {}) and name the file",
                name.text(), gguf};
  throw error{"{}: has no safetensors; pickled weights (.bin, .pt) are not read, since opening them runs code: convert them",
              name.text()};
}

}  // namespace ease::inline v1
