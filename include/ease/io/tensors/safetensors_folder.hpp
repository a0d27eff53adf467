// SPDX-License-Identifier: Apache-2.0
#pragma once
// The weights of a Hugging Face folder: model.safetensors, or the shards that model.safetensors.index.json names.
// An index may name files of its own folder only: it comes from strangers, and must not make us read elsewhere.

#include <fmt/ranges.h>

#include <algorithm>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/json/simdjson.hpp>
#include <ease/io/tensors/safetensors.hpp>
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
    auto const whole = folder / "model.safetensors", index = folder / "model.safetensors.index.json";
    if (exists(whole))
      files_.emplace_back(whole);
    else if (exists(index))
      open_shards(folder, index);
    else
      throw error{"{}: neither model.safetensors nor model.safetensors.index.json there{}", folder.string(),
                  what_else(folder)};
    for (safetensors_file const& file : files_)
      for (safetensors_entry const& entry : file.entries())
        if (!by_name_.emplace(entry.name, &entry).second)
          throw error{"{}: tensor '{}' is in another shard as well", file.path().string(), printable(entry.name)};
  }

  // Whether a folder has weights in safetensors. A description or a plan does without.
  static bool has_weights(std::filesystem::path const& folder) {
    return exists(folder / "model.safetensors") || exists(folder / "model.safetensors.index.json");
  }

  safetensors_entry const* find(std::string_view name) const {
    auto const at = by_name_.find(name);
    return at == by_name_.end() ? nullptr : at->second;
  }
  std::map<std::string, safetensors_entry const*, std::less<>> const& entries() const { return by_name_; }

  std::filesystem::path const& folder() const { return folder_; }

 private:
  static bool is_plain_name(std::string_view name) {
    auto const odd = [](char c) { return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    return !name.empty() && name.front() != '.' && std::ranges::none_of(name, odd);
  }

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
    simdjson::dom::parser parser;
    simdjson::dom::object map;
    if (auto const wrong = parser.load(index.string())["weight_map"].get_object().get(map))
      throw error{"{}: field 'weight_map': {}", index.string(), simdjson::error_message(wrong)};
    std::map<std::string, std::vector<std::string>> tensors_of;
    for (auto const [tensor, value] : map) {
      std::string_view shard;
      if (value.get(shard) || !is_plain_name(shard))
        throw error{"{}: field 'weight_map': tensor '{}' names no file of this folder", index.string(), printable(tensor)};
      tensors_of[std::string{shard}].emplace_back(tensor);
    }
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
