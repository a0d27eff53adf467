// SPDX-License-Identifier: Apache-2.0
#pragma once
// The copy as Parquet that the hub makes of a data set, on its branch refs/convert/parquet: CONFIG/SPLIT/0000.parquet, 0001.parquet and
// so on; CONFIG/partial-SPLIT, or CONFIG/SPLIT/partial, where it has only the first part of a large split.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <ease/hub/dataset/dataset_card.hpp>
#include <ease/hub/dataset/dataset_files.hpp>
#include <ease/hub/dataset/file_kinds.hpp>
#include <ease/hub/dataset/path_pattern.hpp>
#include <ease/hub/hub_name.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

inline constexpr std::string_view parquet_copy{"refs/convert/parquet"};

// As choose_files(), of that branch, which has no card.
inline dataset_choice choose_of_parquet_copy(hub_name const& name, std::vector<std::string> const& paths) {
  constexpr std::string_view partial{"partial-"};
  std::vector<dataset_config> configs;
  std::vector<std::string> sorted = paths;
  std::ranges::sort(sorted);
  for (auto const& path : sorted) {
    auto const parts = path_pattern::parts_of(path);
    bool const is_partial = parts.size() == 4 && parts[2] == "partial";
    if ((parts.size() != 3 && !is_partial) || detail::split_files::kind_of(path) != ".parquet" ||
        path_pattern{path}.is_open())
      continue;
    std::string const config{parts[0]};
    std::string const split{parts[1].starts_with(partial) ? parts[1].substr(partial.size()) : parts[1]};
    auto at = std::ranges::find(configs, config, &dataset_config::name);
    if (at == configs.end()) at = configs.insert(at, {.name = config, .says_files = true});
    auto of = std::ranges::find(at->splits, split, &dataset_split::name);
    if (of == at->splits.end()) of = at->splits.insert(of, {split});
    of->patterns.push_back(path);
  }
  if (configs.empty()) throw no_row_files{"{}: the branch has no files CONFIG/SPLIT/0000.parquet", name.text()};
  auto out = choose_files(name, configs, paths);
  if (out.files.front().find("/partial") != std::string::npos)
    out.notes.push_back(fmt::format("{}: the hub's copy has only the first part of the split {}", name.text(), out.split));
  return out;
}

}  // namespace ease::inline v1
