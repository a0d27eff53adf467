// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the names of a run stood for when it was last started, such as a branch of a model.
#include <fmt/format.h>

#include <ease/core/error.hpp>
#include <ease/io/files/atomic_file.hpp>
#include <ease/io/json/json_members.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>

namespace ease::inline v1 {

// A run goes on with what its names stand for now. Where a branch has moved since its last start, that is said before anything
// is done again. `folder`: the run's own, .run; a plan leaves no note there.
inline void tell_of_moved_names(std::filesystem::path const& folder, std::map<std::string, std::string> const& now,
                                bool planning, std::function<void(std::string const&)> const& say) {
  auto const file = folder / "names.json";
  auto all = now;
  if (std::ifstream in{file, std::ios::binary}; in) {
    std::string const text{std::istreambuf_iterator<char>{in}, {}};
    std::map<std::string, std::string> before;
    try {
      before = from_json_text<std::map<std::string, std::string>>(text, file.string());
    } catch (error const&) {  // a note, and nothing depends on it
    }
    all.insert(before.begin(), before.end());
    for (auto const& [name, is] : now)
      if (auto const was = before.find(name); was != before.end() && was->second != is)
        say(
            fmt::format("{} is {} now, and was {} when it was last named here: what its files decide is done again; name {} "
                        "to go on with those",
                        name, is, was->second, was->second));
  }
  if (!planning && !now.empty()) write_atomically(file, to_json_text(all) + "\n");
}

}  // namespace ease::inline v1
