// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is wrong with a file of a model that the hub's cache has is said of the model's name, with the command that mends it.
#include <fmt/format.h>

#include <ease/core/error.hpp>
#include <ease/llm/hub_models.hpp>
#include <ease/llm/model_place.hpp>
#include <filesystem>
#include <string>
#include <typeinfo>
#include <vector>

namespace ease::inline v1::detail::places {

// "ease fetch ORG/NAME"; with the commit where it is not that of the branch main.
inline std::string fetch_of(fs::path const& snapshot) {
  auto const model = snapshot.parent_path().parent_path();
  auto const commit = snapshot.filename().string();
  return fmt::format("ease fetch {}{}", hub_name_of(model),
                     first_word(model / "refs" / "main") == commit ? "" : "@" + commit);
}

// `work` reads files of the place. An error of a file in a snapshot is told by the model's name; that of a field of a whole file says
// itself what is wanted.
template <class Work>
auto reading(model_place const& place, Work&& work) {
  try {
    return work();
  } catch (error const& problem) {
    if (typeid(problem) != typeid(error)) throw;
    std::string const text{problem.what()};
    auto folders = place.adapters;
    folders.push_back(place.base);
    for (auto const& folder : folders) {
      auto const path = folder.string() + "/";
      auto const title = title_of(folder);
      if (title == folder.filename().string() || !text.starts_with(path)) continue;
      bool const of_field = text.find(": field ") != text.npos;
      throw error{"{}: {}{}", title.substr(0, title.find('@')), text.substr(path.size()),
                  of_field ? "" : "; if the file is damaged, this downloads it anew: " + fetch_of(folder)};
    }
    throw;
  }
}

}  // namespace ease::inline v1::detail::places
