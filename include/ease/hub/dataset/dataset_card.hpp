// SPDX-License-Identifier: Apache-2.0
#pragma once
// The configurations that a data set's card declares: `configs:` of the YAML at the head of its README.md. The card is a
// stranger's: what is read of it is limited, and aliases are not multiplied.
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct dataset_split {
  std::string name;
  std::vector<std::string> patterns{};  // path_pattern.hpp
};

struct dataset_config {
  std::string name;
  bool is_default{false};
  std::string data_dir{};               // where its patterns begin; empty: the repository's root
  bool says_files{false};               // else its splits are found by the files' names
  std::vector<dataset_split> splits{};  // in the card's order
  std::string separator{};              // of tables
  std::vector<std::string> not_used{};  // its other keys, which are for the reader of `datasets`
};

namespace detail::cards {

inline constexpr std::size_t most_bytes = std::size_t{4} << 20U;
inline constexpr std::size_t most_texts = 100'000;

// The text between the lines `---` at the head; empty: there is none.
inline std::string_view front_matter(std::string_view readme) {
  if (readme.starts_with("\xEF\xBB\xBF")) readme.remove_prefix(3);
  readme.remove_prefix(std::min(readme.find_first_not_of(" \t\r\n"), readme.size()));
  auto const line_end = readme.find('\n');
  if (line_end == readme.npos || readme.substr(0, line_end).find_first_not_of("-\r") != readme.npos ||
      !readme.starts_with("---"))
    return {};
  readme.remove_prefix(line_end + 1);
  for (std::size_t at = 0; at < readme.size();) {
    auto const end = std::min(readme.find('\n', at), readme.size());
    auto line = readme.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line == "---") return readme.substr(0, at);
    at = end + 1;
  }
  return {};
}

class reader {
 public:
  explicit reader(std::string where) : where_{std::move(where)} {}

  std::vector<dataset_config> configs(YAML::Node const& card) {
    std::vector<dataset_config> out;
    if (!card.IsMap()) return out;
    auto const all = card["configs"];
    if (!all || all.IsNull()) return out;
    if (!all.IsSequence()) wrong("configs", "is no list");
    for (auto const& one : all) {
      if (!one.IsMap() || !one["config_name"]) wrong("configs", "has an entry without \"config_name\"");
      auto config = read(one);
      auto const same = std::ranges::find(out, config.name, &dataset_config::name);
      same == out.end() ? void(out.push_back(std::move(config))) : void(*same = std::move(config));
    }
    return out;
  }

 private:
  [[noreturn]] void wrong(std::string_view key, std::string_view what) const {
    throw error{"{}: the YAML at its head: \"{}\" {}; the card's author can mend it, or name a file of the repository",
                where_, key, what};
  }
  std::string text(YAML::Node const& node, std::string_view key) {
    if (!node.IsScalar()) wrong(key, "is no text");
    if (++texts_ > most_texts) wrong(key, "is longer than any real card's");
    auto const control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    if (std::ranges::any_of(node.Scalar(), control)) wrong(printable(key), "has control characters");
    return node.Scalar();
  }
  std::vector<std::string> texts(YAML::Node const& node, std::string_view key) {
    std::vector<std::string> out;
    if (node.IsSequence())
      for (auto const& one : node) out.push_back(text(one, key));
    else
      out.push_back(text(node, key));
    return out;
  }

  dataset_config read(YAML::Node const& from) {
    dataset_config out;
    for (auto const& entry : from) {
      auto const key = text(entry.first, "configs");
      auto const& value = entry.second;
      if (key == "config_name")
        out.name = text(value, key);
      else if (key == "default")
        out.is_default =
            value.IsScalar() && (value.Scalar() == "true" || value.Scalar() == "True" || value.Scalar() == "yes");
      else if (key == "data_dir")
        out.data_dir = value.IsNull() ? "" : text(value, key);
      else if (key == "data_files" && !value.IsNull())
        read_files(out, value);
      else if (key == "sep" || key == "delimiter")
        out.separator = value.IsScalar() ? value.Scalar() : "";
      else if (key != "features" && key != "description" && key != "version" && key != "data_files")
        out.not_used.push_back(key);
    }
    while (out.data_dir.starts_with("./")) out.data_dir.erase(0, 2);
    while (out.data_dir.ends_with('/')) out.data_dir.pop_back();
    if (out.data_dir == ".") out.data_dir.clear();
    return out;
  }

  // A text, a list of texts, or a list of {split, path}.
  void read_files(dataset_config& out, YAML::Node const& value) {
    out.says_files = true;
    bool const by_split = value.IsSequence() && value.size() > 0 && value[0].IsMap();
    if (!by_split) {
      out.splits = {{"train", texts(value, "data_files")}};
      return;
    }
    for (auto const& one : value) {
      if (!one.IsMap() || !one["split"] || !one["path"]) wrong("data_files", "has an entry that is not {split, path}");
      auto split = text(one["split"], "split");
      if (std::ranges::find(out.splits, split, &dataset_split::name) != out.splits.end())
        wrong("data_files", "names a split twice");
      out.splits.push_back({std::move(split), texts(one["path"], "path")});
    }
  }

  std::string where_;
  std::size_t texts_{0};
};

}  // namespace detail::cards

// `yaml`: the head of a README.md, or a file that is YAML as a whole. `where`: what errors call it. Throws ease::error.
inline std::vector<dataset_config> dataset_configs_in(std::string_view yaml, std::string const& where) {
  if (yaml.size() > detail::cards::most_bytes)
    throw error{"{}: the YAML at its head is longer than {} MB", where, detail::cards::most_bytes >> 20U};
  try {
    return detail::cards::reader{where}.configs(YAML::Load(std::string{yaml}));
  } catch (YAML::Exception const& problem) {
    throw error{"{}:{}: the YAML at its head cannot be read: {}", where, problem.mark.line + 2, printable(problem.msg)};
  }
}
inline std::vector<dataset_config> dataset_configs(std::string_view readme, std::string const& where) {
  auto const head = detail::cards::front_matter(readme);
  return head.empty() ? std::vector<dataset_config>{} : dataset_configs_in(head, where);
}

}  // namespace ease::inline v1
