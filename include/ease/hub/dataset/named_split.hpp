// SPDX-License-Identifier: Apache-2.0
#pragma once
// The configuration and the split that a data set's name says, or that are meant where it says none. What cannot be known is
// refused with what can be written, and a word in the other's place with what was meant.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/hub/dataset/dataset_card.hpp>
#include <ease/hub/dataset/dataset_splits.hpp>
#include <ease/hub/hub_name.hpp>
#include <ease/io/files/did_you_mean.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1::detail::split_files {

// "a, b and 3 more".
inline std::string listed(std::vector<std::string> const& all) {
  constexpr std::size_t most = 12;
  std::vector<std::string> const first(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), most)));
  return fmt::format("{}{}", fmt::join(first, ", "),
                     all.size() > most ? fmt::format(" and {} more", all.size() - most) : "");
}

// The split that `datasets` takes a word for: dev is validation.
inline std::string_view usual_split(std::string_view word) {
  for (auto const& known : splits_by_name)
    if (std::ranges::find(known.words, word) != known.words.end()) return known.split;
  return {};
}

class named_split {
 public:
  // `paths`: of all files of the repository.
  named_split(hub_name const& name, std::vector<dataset_config> configs, std::vector<std::string> const& paths)
      : name_{&name},
        repository_{hub_name{name.kind, name.owner, name.name, name.revision}.text()},
        configs_{std::move(configs)},
        paths_{&paths} {
    if (configs_.empty()) configs_.push_back({.name = "default"});
  }

  // Throws usage_error, which lists what can be written.
  dataset_config const& config() const {
    if (!name_->config.empty()) {
      auto const found = std::ranges::find(configs_, name_->config, &dataset_config::name);
      if (found != configs_.end()) return *found;
      throw usage_error{"{}: there is no configuration \"{}\"{}; write one of: {}", name_->text(), name_->config,
                        said(meant_by_config()), listed(typed_configs())};
    }
    auto const [found, several] = by_default();
    if (several)
      throw usage_error{"{}: the card has two configurations that are the default; write one of: {}", name_->text(),
                        listed(typed_configs())};
    if (found == nullptr)
      throw usage_error{"{}: it has several configurations, and none is the default{}; write one of: {}", name_->text(),
                        said(meant_by_split(nullptr)), listed(typed_configs())};
    return *found;
  }

  std::vector<dataset_split> splits(dataset_config const& of) const {
    if (of.says_files) return of.splits;
    listing in{*paths_, of.data_dir, name_->text()};
    return splits_by_names(in);
  }

  dataset_split split(dataset_config const& of) const {
    auto const all = splits(of);
    if (all.empty()) throw no_row_files{"{}: the repository has no files of rows", name_->text()};
    if (name_->split.empty() && all.size() == 1) return all.front();
    auto const found = std::ranges::find(all, name_->split.empty() ? "train" : name_->split, &dataset_split::name);
    if (found != all.end()) return *found;
    std::vector<std::string> typed;
    for (auto const& one : all) typed.push_back(as_typed(of.name, one.name));
    if (!name_->split.empty())
      throw usage_error{"{}: there is no split \"{}\"{}; write one of: {}", name_->text(), name_->split,
                        said(meant_by_split(&of)), listed(typed)};
    throw usage_error{"{}: it has several splits, and none is called train; write one of: {}", name_->text(), listed(typed)};
  }

 private:
  static std::string said(std::string const& meant) { return meant.empty() ? "" : "; did you mean " + meant + "?"; }
  std::string as_typed(std::string_view config, std::string_view split) const {
    auto out = repository_ + ':' + printable(config);
    return split.empty() ? out : out + '/' + printable(split);
  }
  std::vector<std::string> typed_configs() const {
    std::vector<std::string> out;
    for (auto const& one : configs_) out.push_back(as_typed(one.name, ""));
    return out;
  }
  // The configuration that is meant where none is said, and whether there are two of them.
  std::pair<dataset_config const*, bool> by_default() const {
    dataset_config const* found = nullptr;
    for (auto const& one : configs_) {
      if (configs_.size() > 1 && one.name != "default" && !one.is_default) continue;
      if (found != nullptr) return {nullptr, true};
      found = &one;
    }
    return {found, false};
  }
  // What of the splits is called so, by a word of `datasets` too; empty: none.
  std::string split_called(dataset_config const& of, std::string_view word) const {
    auto const all = splits(of);
    for (auto const called : {word, usual_split(word)})
      if (!called.empty() && std::ranges::find(all, called, &dataset_split::name) != all.end()) return std::string{called};
    return {};
  }
  // A split of another configuration than the one that is meant by default.
  std::string split_elsewhere(std::string_view word) const {
    constexpr std::size_t most = 100;  // configurations whose files are looked at for a message
    for (auto const& one : configs_) {
      if (static_cast<std::size_t>(&one - configs_.data()) >= most) break;
      if (auto const found = split_called(one, word); !found.empty()) return as_typed(one.name, found);
    }
    return {};
  }
  // A split in the configuration's place, both the wrong way round, or a name that was misspelt.
  std::string meant_by_config() const {
    auto const& word = name_->config;
    if (auto const other = std::ranges::find(configs_, name_->split, &dataset_config::name);
        other != configs_.end() && !split_called(*other, word).empty())
      return as_typed(other->name, split_called(*other, word));
    if (name_->split.empty()) {
      if (auto const* const one = by_default().first; one != nullptr)
        if (auto const found = split_called(*one, word); !found.empty()) return repository_ + ":/" + found;
      if (auto const found = split_elsewhere(word); !found.empty()) return found;
    }
    std::vector<std::string> names;
    for (auto const& one : configs_) names.push_back(one.name);
    auto const near = nearest_word(word, names);
    return near.empty() ? "" : as_typed(near, name_->split);
  }
  // `of`: where it was looked for; null: in none, since none is meant by default.
  std::string meant_by_split(dataset_config const* of) const {
    auto const& word = name_->split;
    if (word.empty()) return {};
    if (std::ranges::find(configs_, word, &dataset_config::name) != configs_.end()) return as_typed(word, "");
    if (of == nullptr) return split_elsewhere(word);
    if (auto const found = split_called(*of, word); !found.empty()) return as_typed(of->name, found);
    std::vector<std::string> names;
    for (auto const& one : splits(*of)) names.push_back(one.name);
    auto const near = nearest_word(word, names);
    return near.empty() ? split_elsewhere(word) : as_typed(of->name, near);
  }

  hub_name const* name_;
  std::string repository_;
  std::vector<dataset_config> configs_;
  std::vector<std::string> const* paths_;
};

}  // namespace ease::inline v1::detail::split_files
