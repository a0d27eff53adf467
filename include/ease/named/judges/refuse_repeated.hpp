// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is measured side by side, or in one table, and named twice: a model that is compared with itself, a judge that agrees with
// itself, rows that count double. Each throws usage_error, with both of the names.
#include <ease/core/error.hpp>
#include <ease/io/formats/row_spec.hpp>
#include <ease/llm/model_place.hpp>
#include <ease/named/judges/parse_judge.hpp>
#include <ease/named/model.hpp>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace ease::inline v1 {

namespace detail {

// `option`: how a line says it, "--model"; empty: by a word of its own. `what_it_is(name)`: the same for two names of one thing.
template <class WhatItIs>
void refuse_repeated(std::vector<std::string> const& names, std::string_view option, WhatItIs&& what_it_is) {
  std::map<std::string, std::string_view> seen;
  auto const said = [&](std::string_view name) {
    return option.empty() ? std::string{name} : std::string{option} + ' ' + std::string{name};
  };
  for (auto const& name : names) {
    auto const [before, is_new] = seen.emplace(what_it_is(name), name);
    if (is_new) continue;
    if (before->second == name) throw usage_error{"{} is given twice; give it once", said(name)};
    throw usage_error{"{} and {} are the same; give one of them", said(before->second), said(name)};
  }
}

inline std::string one_place(std::string const& path) {
  std::error_code bad;
  if (!std::filesystem::exists(path, bad)) return path;
  auto place = std::filesystem::canonical(path, bad);
  return bad ? path : place.string();
}
inline std::string one_model(std::string const& name) {
  if (name.empty() || is_remote(name)) return name;
  std::string all;
  for (auto const& file : files_of_model(name)) all += one_place(file) + '\n';
  return all;
}

}  // namespace detail

// Also by two paths to one folder, or a name of the hub and its snapshot's path.
inline void refuse_repeated_models(std::vector<std::string> const& names) {
  detail::refuse_repeated(names, "--model", detail::one_model);
}

// As parse_judge reads them: what decides a verdict is its kind, its model and its threshold.
inline void refuse_repeated_judges(std::vector<std::string> const& names) {
  detail::refuse_repeated(names, "--judge", [](std::string const& name) {
    auto const judge = parse_judge(name);
    return judge.kind + '\n' + detail::one_model(judge.model) + '\n' + std::to_string(judge.threshold);
  });
}

// A file may stand there again with other rows of it (`?where=...`).
inline void refuse_repeated_rows(std::vector<std::string> const& names) {
  detail::refuse_repeated(names, "", [](std::string const& name) {
    auto rows = row_spec::parse(name);
    rows.file = detail::one_place(rows.file);
    return rows.text();
  });
}

}  // namespace ease::inline v1
