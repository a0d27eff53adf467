// SPDX-License-Identifier: Apache-2.0
#pragma once
// Writes a language model as a Hugging Face folder that transformers loads: config.json, generation_config.json, safetensors
// (in shards above 5 GB), the tokeniser's files. The folder appears complete or not at all. A model that is loaded and saved
// unchanged has the same bytes each time.
#include <ATen/ATen.h>

#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/io/files/atomic_file.hpp>
#include <ease/io/files/atomic_folder.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/io/tensors/safetensors_index.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/files/config_json.hpp>
#include <ease/llm/files/generation_defaults.hpp>
#include <ease/llm/files/tensor_files.hpp>
#include <ease/llm/model.hpp>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace ease::inline v1 {

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

// Throws unless `folder` is missing, empty, or a model (with another `marker`: an adapter), which may be replaced: a
// mistyped path must not delete other files.
inline void check_replaceable(std::filesystem::path const& folder, char const* marker = "config.json") {
  namespace fs = std::filesystem;
  if (!fs::exists(fs::symlink_status(folder))) return;
  if (!fs::is_directory(folder)) throw error{"{}: is there and not a folder; name another", folder.string()};
  if (!fs::is_empty(folder) && !fs::exists(folder / marker))
    throw error{"{}: the folder holds other things than {}; remove it, or name another", folder.string(),
                std::string_view{marker} == "config.json" ? "a model" : "an adapter"};
}

}  // namespace detail

// Throws, and leaves what was at `folder`, if it cannot be written or holds anything but a model.
inline void save_model(language_model const& model, std::filesystem::path const& folder,
                       std::size_t most_bytes_a_file = 5'000'000'000) {
  auto const place = folder.has_filename() ? folder : folder.parent_path();  // "model/" is "model"
  detail::check_replaceable(place);
  atomic_folder fresh{place};
  bool const narrow = model.net->embed_tokens.scalar_type() == at::kBFloat16;
  write_atomically(fresh / "config.json", config_text(model.net->config, model.defaults, narrow ? "bfloat16" : "float32"));
  write_atomically(fresh / "generation_config.json", generation_config_text(model.defaults));
  tokenizer tok = model.tokenizer;
  if (model.chat) tok.set_chat_template_source(model.chat->source());  // what we pinned, users of the folder get as well
  tok.save(fresh.path());
  detail::write_weights(*model.net, fresh.path(), most_bytes_a_file);
  fresh.commit();
}

}  // namespace ease::inline v1
