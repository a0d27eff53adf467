// SPDX-License-Identifier: Apache-2.0
#pragma once
// Writes a language model as a Hugging Face folder that transformers loads: config.json, generation_config.json, safetensors
// (in shards above 5 GB), the tokeniser's files. The folder appears complete or not at all. A model that is loaded and saved
// unchanged has the same bytes each time.
#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/io/files/atomic_file.hpp>
#include <ease/io/files/atomic_folder.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/io/paths/behind_link.hpp>
#include <ease/io/tensors/safetensors_index.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/files/config_json.hpp>
#include <ease/llm/files/generation_defaults.hpp>
#include <ease/llm/files/tensor_files.hpp>
#include <ease/llm/model.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

inline constexpr std::size_t most_bytes_of_weights = 5'000'000'000;  // in one file

namespace detail {

// Consecutive parameters of at most `most` bytes a shard, at least one parameter each.
inline std::vector<named_tensors> sharded(named_tensors all, std::size_t most) {
  std::vector<named_tensors> shards(1);
  std::size_t filled = 0;
  for (auto& item : all) {
    if (!shards.back().empty() && filled + bytes_of(item.second) > most) shards.emplace_back(), filled = 0;
    filled += bytes_of(item.second);
    shards.back().push_back(std::move(item));
  }
  return shards;
}

inline void write_weights(decoder const& net, std::filesystem::path const& folder, std::size_t most) {
  auto const shards = sharded(net.named_parameters(), most);
  if (shards.size() == 1) return write_tensors(folder / weights_file_name, shards.front());
  std::string index;
  std::size_t total = 0;
  for (auto const& shard : shards)
    for (auto const& [name, tensor] : shard) total += bytes_of(tensor);
  json_writer w{index};
  w.object().key("metadata").object().key("total_size").value(total).end().key("weight_map").object();
  for (std::size_t i = 0; i < shards.size(); ++i) {
    auto const file = fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, shards.size());
    write_tensors(folder / file, shards[i]);
    for (auto const& [name, tensor] : shards[i]) w.key(name).value(file);
  }
  w.end().end();
  write_atomically(folder / weights_index_name, index += '\n');
}

// Files that a folder of a model or an adapter has, as this program, transformers and PEFT write them.
inline bool is_file_of_model(std::string_view name) {
  constexpr std::array<std::string_view, 19> names{"config.json",
                                                   "generation_config.json",
                                                   "adapter_config.json",
                                                   "tokenizer.json",
                                                   "tokenizer_config.json",
                                                   "special_tokens_map.json",
                                                   "added_tokens.json",
                                                   "chat_template.jinja",
                                                   "chat_template.json",
                                                   "tokenizer.model",
                                                   "vocab.json",
                                                   "merges.txt",
                                                   "vocab.txt",
                                                   "README.md",
                                                   "LICENSE",
                                                   "training_log.jsonl",
                                                   ".gitattributes",
                                                   "adapter_model.safetensors",
                                                   "model.safetensors.index.json"};
  return std::ranges::find(names, name) != names.end() || (name.starts_with("model") && name.ends_with(".safetensors"));
}

// What of a folder is none of these: "checkpoint-500, runs and 3 more". Empty: nothing.
inline std::string others_in(std::filesystem::path const& folder) {
  std::vector<std::string> names;
  for (auto const& item : std::filesystem::directory_iterator{folder}) {
    bool const is_folder = item.is_directory() && !item.is_symlink();
    if (auto const name = item.path().filename().string(); is_folder || !is_file_of_model(name)) names.push_back(name);
  }
  std::ranges::sort(names);
  std::string all;
  for (std::size_t i = 0; i < names.size() && i < 4; ++i) all += (i == 0 ? "" : ", ") + names[i];
  return names.size() > 4 ? fmt::format("{} and {} more", all, names.size() - 4) : all;
}

// Throws ease::error if `folder` is there and not what a model, or an adapter, may replace: a folder of one, with nothing else
// in it, since a folder is replaced as a whole.
inline void check_replaceable(std::filesystem::path const& folder, char const* marker = "config.json") {
  namespace fs = std::filesystem;
  if (!fs::exists(fs::symlink_status(behind_link(folder)))) return;  // a link to what is not there yet is followed
  if (!fs::is_directory(folder)) throw error{"{}: is there and not a folder; name another", folder.string()};
  if (!fs::is_empty(folder) && !fs::exists(folder / marker))
    throw error{"{}: the folder holds other things than {}; remove it, or name another", folder.string(),
                std::string_view{marker} == "config.json" ? "a model" : "an adapter"};
  if (auto const others = others_in(folder); !others.empty())
    throw error{
        "{}: the folder holds more than a model, and all of it would be deleted: {}; move that away, or name another "
        "folder",
        folder.string(), others};
}

}  // namespace detail

// Throws, and leaves what was at `folder`, if it cannot be written or holds anything but a model. `card`: its README.md; empty:
// none, for that of a base model does not describe this one.
inline void save_model(language_model const& model, std::filesystem::path const& folder,
                       std::size_t most_bytes_a_file = most_bytes_of_weights, std::string const& card = {}) {
  detail::check_replaceable(folder);
  atomic_folder fresh{folder};
  bool const narrow = model.net->embed_tokens.scalar_type() == at::kBFloat16;
  write_atomically(fresh / "config.json", config_text(model.net->config, model.defaults, narrow ? "bfloat16" : "float32"));
  write_atomically(fresh / "generation_config.json", generation_config_text(model.defaults));
  tokenizer tok = model.tokenizer;
  if (model.chat) tok.set_chat_template_source(model.chat->source());  // what we pinned, users of the folder get as well
  tok.save(fresh.path());
  detail::write_weights(*model.net, fresh.path(), most_bytes_a_file);
  if (!card.empty()) write_atomically(fresh / "README.md", card);
  fresh.commit();
}

}  // namespace ease::inline v1
