// SPDX-License-Identifier: Apache-2.0
// The card of a data set that somebody put on the hub: its configurations, and the files that they choose of a repository. What is
// chosen is in the repository, once.
#include <algorithm>
#include <ease/hub/dataset/dataset_files.hpp>
#include <set>
#include <string>
#include <vector>

#include "harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static std::vector<std::string> const paths{"README.md",     "a.jsonl",         "data/train-00000-of-00001.jsonl",
                                              "data/test.csv", "x/dev/y/z.jsonl", ".hidden/rows.json",
                                              "__x__/b.tsv",   "c.parquet"};
  std::string const text{fuzz::text(data, size)};
  fuzz::accepts(size, [&] {
    auto const configs = ease::dataset_configs(text.starts_with("---") ? text : "---\n" + text + "\n---\n", "README.md");
    for (auto const& config : configs) {
      if (!ease::detail::is_hub_word(config.name)) continue;  // nobody can write it
      ease::hub_name const name{.kind = ease::hub_kind::dataset, .owner = "org", .name = "name", .config = config.name};
      fuzz::accepts(size, [&] {
        auto const choice = ease::choose_files(name, configs, paths);
        fuzz::must(!choice.files.empty(), "a choice has files");
        for (auto const& one : choice.files)
          fuzz::must(std::ranges::find(paths, one) != paths.end(), "a file that is chosen is in the repository");
        fuzz::must(std::set<std::string>(choice.files.begin(), choice.files.end()).size() == choice.files.size(),
                   "each once");
      });
    }
  });
  return 0;
}
