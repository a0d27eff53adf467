// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which files of a data set's repository are a configuration's split, as Hugging Face `datasets` decides it: by the card
// (dataset_card.hpp), or by the words train, validation and test in the names of files and folders.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/hub/dataset/dataset_card.hpp>
#include <ease/hub/dataset/dataset_splits.hpp>
#include <ease/hub/dataset/file_kinds.hpp>
#include <ease/hub/dataset/named_split.hpp>
#include <ease/hub/dataset/path_pattern.hpp>
#include <ease/hub/dataset/shard_name.hpp>
#include <ease/hub/hub_name.hpp>
#include <ease/io/parquet/load_parquet.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct dataset_choice {
  std::string config, split;
  std::vector<std::string> files{};  // in the order in which they are read
  std::vector<std::string> notes{};  // what a person should know
};

// A file that the names of the split's others promise is not there.
struct shard_missing : error {
  shard_missing(hub_name const& name, lacking_shard const& lacking)
      : error{"{}: {} is missing, which the name of {} promises; the data set's author can mend it, or name another revision",
              name.text(), printable(lacking.path), printable(lacking.beside)},
        path{lacking.path} {}
  std::string path;
};

// `paths`: of all files of the repository. `name` says the configuration and the split, or leaves them to be found. Throws
// usage_error, which lists what can be written, shard_missing, and no_row_files where there are none that can be read.
dataset_choice choose_files(hub_name const& name, std::vector<dataset_config> const& configs,
                            std::vector<std::string> const& paths);

// The files that `name.path` says, whatever their split: one, or those that match it as a pattern. Of a data set, files of rows
// alone. Throws ease::error where there are none.
std::vector<std::string> choose_paths(hub_name const& name, std::vector<std::string> const& paths);

namespace detail::split_files {

// What names a file of the repository, whatever its split.
inline std::string file_as_typed(hub_name name, std::string path) {
  name.config.clear(), name.split.clear();
  name.path = std::move(path);
  return name.text();
}

// The first of the files that is of the kind.
inline std::string const& example_of(std::vector<std::string> const& files, std::string_view kind) {
  return *std::ranges::find_if(files, [&](auto const& one) { return kind_of(one) == kind; });
}

// Throws if this build has no Parquet: before the files are downloaded.
inline void need_parquet(hub_name const& name, dataset_choice const& choice) {
  auto const& example = example_of(choice.files, ".parquet");
  auto const rest = std::ranges::find_if(
      choice.files, [](auto const& one) { return !kind_of(one).empty() && kind_of(one) != ".parquet"; });
  if (rest != choice.files.end() && !can_use_parquet())
    throw error{
        "{}: most files of its split {} are Parquet, such as {}, which this build cannot read (script/bootstrap installs "
        "Arrow for it); "
        "one that can be read is {}",
        name.text(), choice.split, printable(example), file_as_typed(name, *rest)};
  (void)parquet_for(
      fmt::format("{}: its split {} is of Parquet files, such as {}", name.text(), choice.split, printable(example)));
}

// Throws if no file of the repository is one of rows: which configurations and splits it has is then known to its script alone.
inline void need_row_files(hub_name const& name, std::vector<std::string> const& paths) {
  if (std::ranges::any_of(paths, [](auto const& one) {
        return !kind_of(one).empty() && std::ranges::find(ignored, last_part(one)) == ignored.end();
      }))
    return;
  auto const all = listing{paths, "", name.text()}.matched("**");
  if (all.empty()) throw no_row_files{"{}: the repository has no files of rows", name.text()};
  throw no_row_files{"{}: of the repository's files, such as {}, none is of rows ({})", name.text(), printable(all.front()),
                     kinds_of_rows};
}

// Of the files that the patterns match, those of the kind that most are of.
inline void keep_rows(hub_name const& name, dataset_choice& choice) {
  auto const kind = kind_of(most_common_ending(choice.files));
  if (kind.empty())
    throw no_row_files{"{}: {} files are its split {}, such as {}, and none is of rows ({})",
                       name.text(),
                       choice.files.size(),
                       choice.split,
                       printable(choice.files.front()),
                       kinds_of_rows};
  if (kind == ".parquet") need_parquet(name, choice);
  auto const all = choice.files.size();
  std::size_t rows = 0;
  std::string other;
  for (auto const& one : choice.files) {
    rows += kind_of(one).empty() ? 0U : 1U;
    if (other.empty() && !kind_of(one).empty() && kind_of(one) != kind) other = one;
  }
  std::erase_if(choice.files, [&](auto const& one) { return kind_of(one) != kind; });
  if (rows > choice.files.size())
    choice.notes.push_back(
        fmt::format("{}: {} of the split's {} files are not {} as the others, such as {}, and are left out", name.text(),
                    rows - choice.files.size(), all, kind, printable(other)));
}

}  // namespace detail::split_files

inline std::vector<std::string> choose_paths(hub_name const& name, std::vector<std::string> const& paths) {
  using namespace detail::split_files;
  auto out = listing{paths, "", name.text()}.matched(name.path);
  bool const rows = name.kind == hub_kind::dataset;
  if (out.empty()) {
    std::vector<std::string> near;
    for (auto const& one : paths)
      if (!rows || !kind_of(one).empty()) near.push_back(file_as_typed(name, one));
    bool const is_folder = std::ranges::any_of(paths, [&](auto const& one) { return one.starts_with(name.path + '/'); });
    if (is_folder)
      throw error{"{0}: it is a folder; name a file of it, or its files by a pattern such as {0}/*{1}", name.text(),
                  rows ? ".jsonl" : ""};
    auto plain = name;
    plain.path = detail::percent_decoded(name.path);
    if (std::ranges::find(paths, plain.path) != paths.end())
      throw error{"{}: the repository has no such file; write \"{}\", since names are not percent-encoded", name.text(),
                  printable(plain.text())};
    throw error{"{}: the repository has no such file{}", name.text(), near.empty() ? "" : "; it has " + listed(near)};
  }
  for (auto const& one : out) {
    if (!rows) break;
    if (kind_of(one).empty())
      throw error{"{}: {} is no file of rows; name some that are ({})", name.text(), printable(one), kinds_of_rows};
    if (kind_of(one) == ".parquet") (void)parquet_for(fmt::format("{}: {}", name.text(), printable(one)));
  }
  if (auto const lacking = missing_shard(out, paths); lacking && path_pattern{name.path}.is_open())
    throw shard_missing{name, *lacking};
  return out;
}

inline dataset_choice choose_files(hub_name const& name, std::vector<dataset_config> const& configs,
                                   std::vector<std::string> const& paths) {
  using namespace detail::split_files;
  need_row_files(name, paths);
  named_split const said{name, configs, paths};
  auto const& config = said.config();
  auto const split = said.split(config);
  listing in{paths, config.data_dir, name.text()};
  dataset_choice out{.config = config.name, .split = split.name};
  std::set<std::string> seen;
  for (auto const& pattern : split.patterns) {
    auto const found = in.matched(pattern);
    if (found.empty() && !path_pattern{pattern}.is_open())
      throw error{"{}: the card says that {} is its split {}, and the repository has no such file", name.text(),
                  printable(pattern), split.name};
    for (auto const& one : found)
      if (seen.insert(one).second) out.files.push_back(one);
  }
  if (out.files.empty())
    throw error{"{}: no file of the repository is its split {} (the card says {})", name.text(), split.name,
                listed(split.patterns)};
  keep_rows(name, out);
  if (auto const lacking = missing_shard(out.files, paths)) throw shard_missing{name, *lacking};
  auto const is_tsv = kind_of(out.files.front()) == ".tsv";
  if (!config.separator.empty() && (is_tsv ? config.separator != "\t" : config.separator != "," && config.separator != ";"))
    out.notes.push_back(fmt::format("{}: the card says that the cells are parted by \"{}\", which is not followed",
                                    name.text(), printable(config.separator)));
  if (!config.not_used.empty())
    out.notes.push_back(fmt::format("{}: the card says how `datasets` is to read it, which is not followed: {}", name.text(),
                                    fmt::join(config.not_used, ", ")));
  return out;
}

}  // namespace ease::inline v1
