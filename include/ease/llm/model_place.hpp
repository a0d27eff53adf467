// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a model's name stands for on this machine. A name is
// - a Hugging Face folder, or a .gguf file (of a split one, any part);
// - a folder with a PEFT adapter (adapter_config.json): the base it was trained on is found by what the adapter says of it, or
//   by `ADAPTER?base=BASE`, where BASE is again a name;
// - a folder of the Hugging Face hub's cache (models--ORG--NAME), whose snapshot is meant; or ORG/NAME or ORG/NAME@REVISION,
//   which is looked for in that cache, and downloaded into it where the process has a source (hub/hub_source.hpp).
#include <ease/core/compiled.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct model_place {
  std::string name;                               // for reports: "model", or "adapter on model"
  std::string base_name;                          // the name without the adapters
  std::filesystem::path base;                     // a Hugging Face folder, or a .gguf file
  std::vector<std::filesystem::path> adapters{};  // PEFT's folders, in the order in which they are merged

  // ORG/NAME and COMMIT of a base that the hub's cache has; both are empty for any other.
  std::pair<std::string, std::string> hub_base() const {
    auto const at = base_name.find('@');
    if (at == std::string::npos || base.parent_path().filename() != "snapshots") return {};
    return {base_name.substr(0, at), base_name.substr(at + 1)};
  }
  bool is_folder() const { return std::filesystem::is_directory(base); }
  // The folder whose tokeniser and generation_config.json count: the last one that has them.
  std::filesystem::path const& folder_with(std::string_view file) const;
};

// Throws ease::error, with the way out, if there is no model, or not the base of an adapter.
model_place find_model(std::string_view name);

// The files and folders that a model is read from, as far as they are found; else the name itself.
std::vector<std::string> files_of_model(std::string const& name);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/llm/model_place.ipp>
#endif
