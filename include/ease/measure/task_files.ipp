// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of measure/task_files.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>

#include <algorithm>
#include <ease/core/error.hpp>
#include <ease/hub/hub_source.hpp>
#include <ease/io/formats/row_source.hpp>
#include <ease/io/json/raw_json.hpp>
#include <ease/measure/task_files.hpp>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace ease::inline v1 {

namespace detail {

inline constexpr std::size_t longest_task_row = 1U << 24U;

// The files that one of a task's patterns finds below a folder, in the order of their names.
inline std::vector<task_file> files_like(std::filesystem::path const& data, std::string_view pattern) {
  namespace fs = std::filesystem;
  std::error_code none;
  auto const star = pattern.find('*');
  if (star == pattern.npos) {
    auto const path = data / pattern;
    if (!fs::is_regular_file(path, none)) return {};
    return {{.paths = {path}, .shown = {path.string()}}};
  }
  auto const folder = (data / pattern.substr(0, star)).parent_path();
  auto const begin = pattern.substr(pattern.rfind('/', star) + 1, star - pattern.rfind('/', star) - 1);
  auto const end = pattern.substr(star + 1);
  std::vector<task_file> all;
  for (auto const& one : fs::directory_iterator{folder, none}) {
    auto const name = one.path().filename().string();
    if (name.size() <= begin.size() + end.size() || !name.starts_with(begin) || !name.ends_with(end)) continue;
    auto part = name.substr(begin.size(), name.size() - begin.size() - end.size());
    all.push_back({.part = std::move(part), .paths = {one.path()}, .shown = {one.path().string()}});
  }
  std::ranges::sort(all, {}, &task_file::part);
  return all;
}

inline task_file file_of_hub(task_kind const& kind, std::string_view data_set) {
  auto const way_out = fmt::format("--data FOLDER names a folder with the files of {}", kind.facts.name);
  auto const& bring = hub_source::of_process().rows;
  auto const name = hub_name::parse(data_set, hub_kind::dataset);
  if (!bring || !name) throw usage_error{"{}: nothing here reads the hub: {}", kind.facts.name, way_out};
  try {
    auto rows = bring(*name);
    task_file out{.paths = std::move(rows.files), .shown = std::move(rows.shown)};
    for (auto const& path : out.paths)
      if (out.shown.size() < out.paths.size()) out.shown.push_back(path.string());
    return out;
  } catch (error const& problem) {
    throw error{"{}; {}", problem.what(), way_out};
  }
}

inline std::vector<std::string> cells_split(std::string_view text) {
  std::vector<std::string> all{{}};
  for (char const c : text)
    if (c == ',')
      all.emplace_back();
    else
      all.back() += c;
  return all;
}

inline raw_members members_of_cells(std::vector<std::string> const& columns, std::vector<std::string> const& cells) {
  raw_members all;
  for (std::size_t i = 0; i < columns.size(); ++i) all.emplace_back(columns[i], json_string(cells.at(i)));
  return all;
}

// PIQA's authors keep the labels in a file of their own beside the rows, one a line: valid.jsonl and valid-labels.lst.
inline std::optional<std::vector<std::string>> labels_beside(std::filesystem::path path) {
  path.replace_filename(path.stem().string() + "-labels.lst");
  std::ifstream in{path};
  if (!in) return std::nullopt;
  std::vector<std::string> all;
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

inline void each_row_of(task_kind const& kind, std::filesystem::path const& path, std::string const& shown,
                        std::function<void(task_row const&)> const& each) {
  row_source rows{path, "automatic", longest_task_row, {}, shown};
  auto const labels = labels_beside(path);
  auto const* const table = rows.table();
  auto columns = table == nullptr ? std::vector<std::string>{} : table->columns();
  if (table != nullptr && !kind.facts.columns.empty()) {
    auto named = cells_split(kind.facts.columns);
    bool const is_header = std::ranges::find(columns, named.front()) != columns.end();
    if (!is_header && named.size() == columns.size()) {  // its first row is a question
      std::swap(columns, named);
      each(task_row{fmt::format("{}:1", shown), members_of_cells(columns, named)});
    }
  }
  std::size_t at = 0;
  while (auto const row = rows.next()) {
    auto where = place_of_row(shown, row->line, row->group);
    if (!row->problem.empty()) throw error{"{}: {}", where, row->problem};
    if (table != nullptr) {
      if (!simdjson::validate_utf8(row->text.data(), row->text.size())) throw error{"{}: not valid UTF-8", where};
      each(task_row{std::move(where), members_of_cells(columns, table->cells())});
    } else {
      auto one = task_row::of_json(where, row->text);
      if (labels && !one.has("label")) {
        if (at >= labels->size()) throw error{"{}: the file of labels beside it has only {} lines", where, labels->size()};
        one.add("label", json_string((*labels)[at]));
      }
      each(one);
    }
    ++at;
  }
}

}  // namespace detail

EASE_INLINE std::vector<task_file> files_of_task(task_kind const& kind, std::string const& data, bool shots) {
  auto const& facts = kind.facts;
  auto const what = shots ? "shots" : "questions";
  if (data.empty()) return {detail::file_of_hub(kind, shots ? facts.hub_shots : facts.hub)};
  std::error_code none;
  if (!std::filesystem::is_directory(data, none)) throw usage_error{"--data {}: there is no such folder", data};
  std::string looked_for;
  for (auto const pattern : shots ? facts.shot_files : facts.files) {
    if (pattern.empty()) continue;
    if (auto found = detail::files_like(data, pattern); !found.empty()) return found;
    (looked_for += looked_for.empty() ? "" : ", ") += pattern;
  }
  throw error{"--data {}: no file there has the {} of {}; looked for {}{}", data, what, facts.name, looked_for,
              shots && facts.shots == 0 ? "; --shots 0 asks without" : ""};
}

EASE_INLINE void each_task_row(task_kind const& kind, task_file const& file,
                               std::function<void(task_row const&)> const& each) {
  for (std::size_t i = 0; i < file.paths.size(); ++i) detail::each_row_of(kind, file.paths[i], file.shown[i], each);
}

}  // namespace ease::inline v1
