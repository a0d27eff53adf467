// SPDX-License-Identifier: Apache-2.0
#pragma once
// What stands where a file of rows is named: a path, or a data set's name on the hub (ORG/NAME, ORG/NAME@REVISION,
// ORG/NAME:CONFIG/SPLIT), whose files the process' source brings (hub_source.hpp). A path that exists is one, and so is what ends
// like a file.
#include <algorithm>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/core/hash.hpp>
#include <ease/hub/hub_cache.hpp>
#include <ease/hub/hub_name_problem.hpp>
#include <ease/hub/hub_source.hpp>
#include <ease/io/files/file_hash.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace ease::inline v1 {

// The files, read one after the other as one. Throws what the source throws.
inline hub_rows rows_named(std::string const& file) {
  auto const& bring = hub_source::of_process().rows;
  auto const name = bring && file != "-" ? hub_name_in(file, hub_kind::dataset) : std::nullopt;
  if (!name) {
    std::error_code none;
    if (!bring || file == "-") return {file, {file}};
    if (std::filesystem::exists(std::filesystem::path{file}, none)) {
      tell_of_path(file, hub_kind::dataset);
      if (auto const problem = detail::problem_of_cache(file, hub_kind::dataset);
          !problem.empty() && std::filesystem::is_directory(file, none))
        throw error{"{}: {}", file, problem};
    } else if (bool const is_path = file.starts_with('.') || file.starts_with('/') || detail::ends_like_a_file(file);
               !is_path || file.find("://") != file.npos) {
      throw error{"{}: no file of that name is here, and it names no data set of the hub: {}", file,
                  hub_name_problem(file, hub_kind::dataset)};
    }
    return {file, {file}};
  }
  refuse_misspelt_path(file, *name);
  try {
    return bring(*name);
  } catch (hub_refused const& problem) {
    if (!problem.unknown) throw;
    throw error{"{}; and no file of that name is here", problem.what()};
  }
}

// By what the rows' bytes are known, wherever they lie.
inline std::string content_of_rows(std::string const& file) {
  auto const rows = rows_named(file);
  if (rows.files.size() == 1) return file_hash(rows.files.front());
  xxh3_stream all;
  for (auto const& one : rows.files) all.add(file_hash(one));
  return hex(all.value());
}

// What files beside the rows, and reports, call them: a path as it is; of a data set ORG--NAME--CONFIG--SPLIT, of its files
// ORG--NAME--FOLDER--FILE.
inline std::string path_of_rows(std::string const& file) {
  auto const name = hub_name_in(file, hub_kind::dataset);
  if (!name) return file;
  auto out = name->owner + "--" + name->name;
  if (!name->path.empty()) out += "--" + name->path;
  for (std::size_t at = 0; (at = out.find('/', at)) != out.npos; at += 2) out.replace(at, 1, "--");
  std::ranges::replace_if(
      out, [](char c) { return std::string_view{"*?[]"}.find(c) != std::string_view::npos; }, '_');
  for (auto const* part : {&name->config, &name->split})
    if (!part->empty()) out += "--" + *part;
  return out;
}

}  // namespace ease::inline v1
