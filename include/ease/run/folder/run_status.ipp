// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of run/folder/run_status.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/hash.hpp>
#include <ease/io/files/mapped_file.hpp>
#include <ease/journal/journal_scan.hpp>
#include <ease/run/folder/folder_lock.hpp>
#include <ease/run/folder/run_status.hpp>
#include <ease/run/folder/stage_files.hpp>
#include <fstream>
#include <system_error>
#include <unordered_set>

namespace ease::inline v1 {

namespace detail {

// Answers in a journal that may be written to at this moment.
inline std::size_t answers_in(std::filesystem::path const& path) {
  std::error_code bad;
  if (!std::filesystem::is_regular_file(path, bad)) return 0;
  mapped_file const file{path};
  std::unordered_set<hash128> keys;
  scan_journal({reinterpret_cast<char const*>(file.bytes().data()), file.bytes().size()},
               [&](hash128 const& key, std::size_t, std::uint32_t size) {
                 if (size > 0) keys.insert(key);  // empty ones close a batch
               });
  return keys.size();
}

inline std::vector<stage_state> states_in(std::filesystem::path const& folder) {
  namespace fs = std::filesystem;
  std::vector<stage_state> all;
  std::error_code bad;
  for (auto const& one : fs::recursive_directory_iterator{folder, bad}) {
    auto const kind = one.path().extension();
    if (kind != ".done" && kind != ".journal") continue;
    auto const name = fs::relative(one.path(), folder).replace_extension().string();
    auto found = std::ranges::find(all, name, &stage_state::name);
    if (found == all.end()) found = all.insert(all.end(), stage_state{.name = name});
    if (kind == ".journal") {
      found->kept = answers_in(one.path());
      if (!found->done) found->when = one.last_write_time(bad);
    } else if (auto const mark = stage_files{folder.parent_path(), name}.read_mark()) {
      found->done = true;
      found->when = one.last_write_time(bad);
      auto const& rows = mark->report.rows;
      found->read = rows.read, found->written = rows.written, found->failed = rows.failures();
    }
  }
  std::ranges::sort(all, {}, &stage_state::when);
  return all;
}

}  // namespace detail

EASE_INLINE run_status status_of(std::filesystem::path const& run) {
  auto const folder = run / ".run";
  std::error_code bad;
  if (!std::filesystem::is_directory(folder, bad)) throw error{"{}: no run was started here", run.string()};
  run_status out{.stages = detail::states_in(folder), .worker = folder_lock::held_by(folder)};
  std::getline(std::ifstream{folder / "current"}, out.current);
  if (std::ranges::any_of(out.stages, [&](auto const& one) { return one.done && one.name == out.current; }))
    out.current.clear();
  return out;
}

}  // namespace ease::inline v1
