// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a Hugging Face folder holds all that programs read of a model: a download may have ended half-way.
#include <ease/core/error.hpp>
#include <ease/io/tensors/safetensors_index.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace ease::inline v1 {

// A file that the folder of a model lacks; empty: it is whole, or, without `weights`, describes the model. An adapter is small,
// and described by the whole of it.
inline std::string missing_of_model(std::filesystem::path const& folder, bool weights) {
  std::error_code none;
  auto const has = [&](std::string_view file) { return std::filesystem::is_regular_file(folder / file, none); };
  if (has(adapter_config_name)) return has(adapter_weights_name) ? "" : std::string{adapter_weights_name};
  if (!has("config.json")) return "config.json";
  if (!has("tokenizer.json") && !has("vocab.json")) return "tokenizer.json";
  if (!weights) return {};
  if (!has(weights_index_name)) return has(weights_file_name) ? "" : std::string{weights_file_name};
  try {
    for (auto const& [shard, tensors] : read_safetensors_index(folder / weights_index_name))
      if (!has(shard)) return shard;
  } catch (error const&) {
    return std::string{weights_index_name};
  }
  return {};
}

}  // namespace ease::inline v1
