// SPDX-License-Identifier: Apache-2.0
#pragma once
// The weights of a Hugging Face folder: model.safetensors, or the shards that its index names (safetensors_index.hpp).

#include <fmt/ranges.h>

#include <algorithm>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/tensors/safetensors.hpp>
#include <ease/io/tensors/safetensors_index.hpp>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

class safetensors_folder {
 public:
  // Throws if there are no weights in safetensors, if the index names a file outside the folder or a tensor its file lacks,
  // or if two shards hold the same tensor.
  explicit safetensors_folder(std::filesystem::path const& folder) : folder_{folder} {
    auto const whole = folder / weights_file_name, index = folder / weights_index_name;
    if (exists(whole))
      files_.emplace_back(whole);
    else if (exists(index))
      open_shards(folder, index);
    else
      throw error{"{}: neither {} nor {} there{}", folder.string(), weights_file_name, weights_index_name,
                  what_else(folder)};
    for (safetensors_file const& file : files_)
      for (safetensors_entry const& entry : file.entries())
        if (!by_name_.emplace(entry.name, &entry).second)
          throw error{"{}: tensor '{}' is in another shard as well", file.path().string(), printable(entry.name)};
  }

  // Whether a folder has weights in safetensors. A description or a plan does without.
  static bool has_weights(std::filesystem::path const& folder) {
    return exists(folder / weights_file_name) || exists(folder / weights_index_name);
  }

  safetensors_entry const* find(std::string_view name) const {
    auto const at = by_name_.find(name);
    return at == by_name_.end() ? nullptr : at->second;
  }
  std::map<std::string, safetensors_entry const*, std::less<>> const& entries() const { return by_name_; }

  std::filesystem::path const& folder() const { return folder_; }

 private:
  // What stands there in place of safetensors, and what helps.
  static std::string what_else(std::filesystem::path const& folder) {
    std::string shard, pickled, original;
    std::error_code bad;
    for (auto const& one : std::filesystem::directory_iterator{folder, bad}) {
      auto name = one.path().filename().string();
      if (name.starts_with("model-") && name.ends_with(".safetensors"))
        shard = std::move(name);
      else if (name.starts_with("pytorch_model") && name.ends_with(".bin"))
        pickled = std::move(name);
      else if (name.starts_with("consolidated."))
        original = std::move(name);
    }
    if (!shard.empty()) return fmt::format("; {} is one of several files, whose index is missing", printable(shard));
    constexpr auto convert =
        "a script of transformers writes them: AutoModelForCausalLM.from_pretrained(FOLDER)"
        ".save_pretrained(OTHER)";
    if (!pickled.empty())
      return fmt::format("; {} is a pickle, which is not read; safetensors are needed: {}", printable(pickled), convert);
    if (!original.empty())
      return fmt::format("; {} is of its authors' own format; the Hugging Face one is needed", printable(original));
    return " (convert other weights to safetensors)";
  }

  void open_shards(std::filesystem::path const& folder, std::filesystem::path const& index) {
    auto const tensors_of = read_safetensors_index(index);
    std::vector<std::string> missing;
    for (auto const& [shard, tensors] : tensors_of)
      if (!exists(folder / shard)) missing.push_back(printable(shard));
    if (!missing.empty())
      throw error{"{}: {} of its {} files are not there (a download that was cut short?): {}", index.string(),
                  missing.size(), tensors_of.size(), fmt::join(missing, ", ")};
    files_.reserve(tensors_of.size());  // entries are pointed at
    for (auto const& [shard, tensors] : tensors_of) {
      safetensors_file const& file = files_.emplace_back(folder / shard);
      std::set<std::string_view> held;
      for (auto const& entry : file.entries()) held.insert(entry.name);
      for (auto const& tensor : tensors)
        if (!held.contains(tensor))
          throw error{"{}: tensor '{}' is not in {}", index.string(), printable(tensor), printable(shard)};
    }
  }

  std::filesystem::path folder_;
  std::vector<safetensors_file> files_{};
  std::map<std::string, safetensors_entry const*, std::less<>> by_name_{};
};

}  // namespace ease::inline v1
