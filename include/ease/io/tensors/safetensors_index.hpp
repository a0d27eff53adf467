// SPDX-License-Identifier: Apache-2.0
#pragma once
// Names of the files of weights in a Hugging Face folder, and model.safetensors.index.json: which shard holds which tensor.
#include <algorithm>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/json/simdjson.hpp>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

inline constexpr std::string_view weights_file_name{"model.safetensors"};
inline constexpr std::string_view weights_index_name{"model.safetensors.index.json"};
inline constexpr std::string_view adapter_weights_name{"adapter_model.safetensors"};
inline constexpr std::string_view adapter_config_name{"adapter_config.json"};

namespace detail {

// An index comes from strangers, and must not make us read elsewhere.
inline bool is_plain_name(std::string_view name) {
  auto const odd = [](char c) { return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return !name.empty() && name.front() != '.' && std::ranges::none_of(name, odd);
}

}  // namespace detail

// The tensors of each shard, in the order of the index. Throws ease::error that names the file, and the tensor whose shard is
// not the name of a file of the index's own folder.
inline std::map<std::string, std::vector<std::string>> read_safetensors_index(std::filesystem::path const& index) {
  simdjson::dom::parser parser;
  simdjson::dom::object map;
  if (auto const wrong = parser.load(index.string())["weight_map"].get_object().get(map))
    throw error{"{}: field 'weight_map': {}", index.string(), simdjson::error_message(wrong)};
  std::map<std::string, std::vector<std::string>> tensors_of;
  for (auto const [tensor, value] : map) {
    std::string_view shard;
    if (value.get(shard) || !detail::is_plain_name(shard))
      throw error{"{}: field 'weight_map': tensor '{}' names no file of this folder", index.string(), printable(tensor)};
    tensors_of[std::string{shard}].emplace_back(tensor);
  }
  return tensors_of;
}

}  // namespace ease::inline v1
