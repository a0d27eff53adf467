// SPDX-License-Identifier: Apache-2.0
#pragma once
// The splits of a data set whose card does not name their files: by the words train, validation and test in the names of files
// and folders.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/hub/dataset/dataset_card.hpp>
#include <ease/hub/dataset/file_kinds.hpp>
#include <ease/hub/dataset/path_pattern.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1::detail::split_files {

// Files that no pattern means unless it spells them.
inline constexpr std::array<std::string_view, 6> ignored{"README.md",          "config.json",    "dataset_info.json",
                                                         "dataset_infos.json", "dummy_data.zip", "dataset_dict.json"};
struct keywords {
  std::string_view split;
  std::array<std::string_view, 4> words;  // empty: none
};
inline constexpr std::array<keywords, 3> splits_by_name{{{"train", {"train", "training", "", ""}},
                                                         {"validation", {"validation", "valid", "dev", "val"}},
                                                         {"test", {"test", "testing", "eval", "evaluation"}}}};

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

}  // namespace ease::inline v1::detail::split_files
