// SPDX-License-Identifier: Apache-2.0
#pragma once
// What stands where a file of rows is named: a path, or a data set's name on the hub (ORG/NAME, ORG/NAME@REVISION,
// ORG/NAME:CONFIG/SPLIT), whose files the process' source brings (hub_source.hpp). A path that exists is one, and so is what ends
// like a file.
#include <ease/core/error.hpp>
#include <ease/core/hash.hpp>
#include <ease/hub/hub_source.hpp>
#include <ease/io/files/file_hash.hpp>
#include <filesystem>
#include <string>

namespace ease::inline v1 {

// The files, read one after the other as one. Throws what the source throws.
inline hub_rows rows_named(std::string const& file) {
  auto const& bring = hub_source::of_process().rows;
  auto const name = bring && file != "-" ? hub_name_in(file, hub_kind::dataset) : std::nullopt;
  if (!name) return {file, {file}};
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

// What files beside the rows, and reports, call them: a path as it is; of a data set ORG--NAME--CONFIG--SPLIT.
inline std::string path_of_rows(std::string const& file) {
  auto const name = hub_name_in(file, hub_kind::dataset);
  if (!name) return file;
  auto out = name->owner + "--" + name->name;
  for (auto const* part : {&name->config, &name->split})
    if (!part->empty()) out += "--" + *part;
  return out;
}

}  // namespace ease::inline v1
