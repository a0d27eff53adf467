// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which files of a data set's repository are a configuration's split, as Hugging Face `datasets` decides it: by the card
// (dataset_card.hpp), or by the words train, validation and test in the names of files and folders.
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/hub/download/dataset_card.hpp>
#include <ease/hub/download/path_pattern.hpp>
#include <ease/hub/hub_name.hpp>
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

// `paths`: of all files of the repository. `name` says the configuration and the split, or leaves them to be found. Throws
// usage_error, which lists what can be written, and ease::error where there are no rows that can be read.
dataset_choice choose_files(hub_name const& name, std::vector<dataset_config> const& configs,
                            std::vector<std::string> const& paths);

namespace detail::split_files {

// Files that no pattern means unless it spells them.
inline constexpr std::array<std::string_view, 6> ignored{"README.md",          "config.json",    "dataset_info.json",
                                                         "dataset_infos.json", "dummy_data.zip", "dataset_dict.json"};
inline constexpr std::array<std::string_view, 5> row_endings{".csv", ".tsv", ".json", ".jsonl", ".ndjson"};
inline constexpr std::array<std::string_view, 3> parquet_endings{".parquet", ".geoparquet", ".gpq"};

struct keywords {
  std::string_view split;
  std::array<std::string_view, 4> words;  // empty: none
};
inline constexpr std::array<keywords, 3> splits_by_name{{{"train", {"train", "training", "", ""}},
                                                         {"validation", {"validation", "valid", "dev", "val"}},
                                                         {"test", {"test", "testing", "eval", "evaluation"}}}};

inline std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// ".json" and ".gz" of "a.json.gz".
inline std::vector<std::string> endings_of(std::string_view path) {
  auto const name = last_part(path);
  std::vector<std::string> out;
  for (auto dot = name.find('.'); dot != name.npos;) {
    auto const next = name.find('.', dot + 1);
    out.emplace_back(name.substr(dot, next == name.npos ? next : next - dot));
    for (auto& c : out.back()) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    dot = next;
  }
  return out;
}

// What a file is by its name: ".csv", ".tsv", ".json" for all of JSON, ".parquet"; empty: another kind.
inline std::string kind_of(std::string_view path) {
  for (auto const& end : endings_of(path)) {
    if (std::ranges::find(parquet_endings, end) != parquet_endings.end()) return ".parquet";
    if (std::ranges::find(row_endings, end) != row_endings.end()) return end == ".jsonl" || end == ".ndjson" ? ".json" : end;
  }
  return {};
}

// The paths of one folder of the repository, and what patterns match in it.
class listing {
 public:
  listing(std::vector<std::string> const& paths, std::string const& folder, std::string where)
      : where_{std::move(where)}, prefix_{folder.empty() ? "" : folder + "/"} {
    for (auto const& path : paths)
      if (path.starts_with(prefix_)) paths_.push_back(path.substr(prefix_.size()));
    std::ranges::sort(paths_);
  }
  // In the order of their names, from the repository's root.
  std::vector<std::string> matched(std::string const& text) {
    path_pattern const pattern{text};
    if (text.find("://") != text.npos)
      throw error{"{}: the card names {}, which is outside the repository", where_, printable(text)};
    if (!pattern.is_valid())
      throw error{"{}: the card's pattern {} has ** beside other characters of a folder's name", where_, printable(text)};
    std::vector<std::string> out;
    if (!pattern.is_open()) {
      if (std::ranges::binary_search(paths_, pattern.text())) out.push_back(prefix_ + pattern.text());
      return out;
    }
    constexpr std::size_t most = 50'000'000;
    if ((looked_at_ += paths_.size()) > most) throw error{"{}: the card has too many patterns for so many files", where_};
    auto const last = last_part(pattern.text());
    for (auto const& path : paths_) {
      auto const name = last_part(path);
      if (name != last && std::ranges::find(ignored, name) != ignored.end()) continue;
      if (pattern.matches(path)) out.push_back(prefix_ + path);
    }
    return out;
  }
  std::vector<std::string> const& paths() const { return paths_; }

 private:
  std::string where_, prefix_;
  std::vector<std::string> paths_{};
  std::size_t looked_at_{0};
};

inline constexpr std::string_view parts_words{"[-._ 0-9]"};

// The patterns of a split's words in the names of folders, or of files.
inline std::vector<std::string> patterns_of(keywords const& split, bool folders) {
  std::vector<std::string> out;
  for (auto const word : split.words) {
    if (word.empty()) continue;
    if (folders) {
      out.push_back(fmt::format("**/{}/**", word));
      out.push_back(fmt::format("**/{}{}*/**", word, parts_words));
      out.push_back(fmt::format("**/*{}{}/**", parts_words, word));
      out.push_back(fmt::format("**/*{}{}{}*/**", parts_words, word, parts_words));
    } else {
      out.push_back(fmt::format("**/{}{}*", word, parts_words));
      out.push_back(fmt::format("**/*{}{}{}*", parts_words, word, parts_words));
    }
  }
  return out;
}

// "data/train-00000-of-00003.jsonl" -> "train".
inline std::string split_of_shard(std::string_view path) {
  auto const name = last_part(path);
  constexpr std::string_view form{"-00000-of-00000"};
  for (auto at = name.rfind("-of-"); at != name.npos && at > 0; at = name.rfind("-of-", at - 1)) {
    if (at < 6 || name.size() < at + 9) continue;
    auto const mark = name.substr(at - 6, form.size());
    bool same = true;
    for (std::size_t i = 0; i < form.size(); ++i)
      same = same && (form[i] == '0' ? mark[i] >= '0' && mark[i] <= '9' : mark[i] == form[i]);
    if (same && at > 6 && name.substr(at + 9).find('.') != name.npos) return std::string{name.substr(0, at - 6)};
  }
  return {};
}

// The splits of a folder whose card says none.
inline std::vector<dataset_split> splits_by_names(listing& in) {
  std::vector<dataset_split> out;
  constexpr std::string_view digits{"[0-9][0-9][0-9][0-9][0-9]"};
  std::set<std::string> shards;
  for (auto const& path : in.matched(fmt::format("data/*-{0}-of-{0}*.*", digits)))
    if (auto split = split_of_shard(path); !split.empty()) shards.insert(std::move(split));
  auto const add = [&](std::string const& split) {
    out.push_back({split, {fmt::format("data/{1}-{0}-of-{0}*.*", digits, split)}});
  };
  for (auto const& known : splits_by_name)
    if (shards.erase(std::string{known.split}) > 0) add(std::string{known.split});
  for (auto const& other : shards) add(other);
  for (bool const folders : {true, false}) {
    if (!out.empty()) return out;
    for (auto const& split : splits_by_name) {
      auto patterns = patterns_of(split, folders);
      if (std::ranges::any_of(patterns, [&](auto const& one) { return !in.matched(one).empty(); }))
        out.push_back({std::string{split.split}, std::move(patterns)});
    }
  }
  if (out.empty() && !in.matched("**").empty()) out.push_back({"train", {"**"}});
  return out;
}

// "a, b and 3 more".
inline std::string listed(std::vector<std::string> const& all) {
  constexpr std::size_t most = 12;
  std::vector<std::string> const first(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), most)));
  return fmt::format("{}{}", fmt::join(first, ", "),
                     all.size() > most ? fmt::format(" and {} more", all.size() - most) : "");
}

inline dataset_config const& chosen_config(hub_name const& name, std::vector<dataset_config> const& configs) {
  auto const repository = hub_name{name.kind, name.owner, name.name, name.revision}.text();
  std::vector<std::string> typed;
  for (auto const& one : configs) typed.push_back(fmt::format("{}:{}", repository, printable(one.name)));
  if (!name.config.empty()) {
    auto const found = std::ranges::find(configs, name.config, &dataset_config::name);
    if (found == configs.end())
      throw usage_error{"{}: there is no configuration \"{}\"; write one of: {}", name.text(), name.config, listed(typed)};
    return *found;
  }
  dataset_config const* found = nullptr;
  for (auto const& one : configs) {
    if (configs.size() > 1 && one.name != "default" && !one.is_default) continue;
    if (found != nullptr)
      throw usage_error{"{}: the card has two configurations that are the default; write one of: {}", name.text(),
                        listed(typed)};
    found = &one;
  }
  if (found == nullptr)
    throw usage_error{"{}: it has several configurations, and none is the default; write one of: {}", name.text(),
                      listed(typed)};
  return *found;
}

inline dataset_split const& chosen_split(hub_name const& name, dataset_config const& config,
                                         std::vector<dataset_split> const& splits) {
  auto const repository = hub_name{name.kind, name.owner, name.name, name.revision}.text();
  std::vector<std::string> typed;
  for (auto const& one : splits)
    typed.push_back(fmt::format("{}:{}/{}", repository, printable(config.name), printable(one.name)));
  if (splits.empty()) throw error{"{}: the repository has no files of rows", name.text()};
  if (name.split.empty() && splits.size() == 1) return splits.front();
  auto const found = std::ranges::find(splits, name.split.empty() ? "train" : name.split, &dataset_split::name);
  if (found != splits.end()) return *found;
  if (!name.split.empty())
    throw usage_error{"{}: there is no split \"{}\"; write one of: {}", name.text(), name.split, listed(typed)};
  throw usage_error{"{}: it has several splits, and none is called train; write one of: {}", name.text(), listed(typed)};
}

// The ending that most of the files have, as `datasets` takes it: of two with as many files the first of this order.
inline std::string most_common_ending(std::vector<std::string> const& files) {
  constexpr std::array<std::string_view, 8> order{".parquet", ".jsonl",  ".json", ".csv",
                                                  ".tsv",     ".ndjson", ".gpq",  ".geoparquet"};
  std::string_view best;
  std::size_t most = 0;
  for (auto const end : order) {
    auto const count = std::ranges::count_if(files, [&](auto const& file) {
      auto const all = endings_of(file);
      return std::ranges::find(all, end) != all.end();
    });
    if (std::cmp_greater(count, most)) most = static_cast<std::size_t>(count), best = end;
  }
  return std::string{best};
}

// Of the files that the patterns match, those of the kind that most are of.
inline void keep_rows(hub_name const& name, dataset_choice& choice) {
  auto const kind = kind_of(most_common_ending(choice.files));
  if (kind.empty())
    throw error{"{}: {} files are its split {}, such as {}, and none is of rows (.jsonl, .json, .csv, .tsv, each also .gz)",
                name.text(), choice.files.size(), choice.split, printable(choice.files.front())};
  if (kind == ".parquet")
    throw error{
        "{}: its split {} is of Parquet files, such as {}, which this build does not read: write it as JSON lines "
        "(datasets.load_dataset(...).to_json(FILE)) and name that file, or name another configuration or data set",
        name.text(), choice.split, printable(choice.files.front())};
  auto const all = choice.files.size();
  std::size_t rows = 0;
  for (auto const& one : choice.files) rows += kind_of(one).empty() ? 0U : 1U;
  std::erase_if(choice.files, [&](auto const& one) { return kind_of(one) != kind; });
  if (rows > choice.files.size())
    choice.notes.push_back(fmt::format("{}: {} of the split's {} files are not {} as the others, and are left out",
                                       name.text(), rows - choice.files.size(), all, kind));
}

}  // namespace detail::split_files

inline dataset_choice choose_files(hub_name const& name, std::vector<dataset_config> const& configs,
                                   std::vector<std::string> const& paths) {
  using namespace detail::split_files;
  std::vector<dataset_config> const only{{.name = "default"}};
  auto const& config = chosen_config(name, configs.empty() ? only : configs);
  listing in{paths, config.data_dir, name.text()};
  auto const splits = config.says_files ? config.splits : splits_by_names(in);
  auto const& split = chosen_split(name, config, splits);
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
