// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of run/folder/run_status.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/hash.hpp>
#include <ease/io/files/mapped_file.hpp>
#include <ease/io/json/json_text.hpp>
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
  // A program of one's own leaves no report.json: there the marks of its stages say it.
  bool const all_done = !out.stages.empty() && std::ranges::all_of(out.stages, &stage_state::done);
  out.finished = (all_done || std::filesystem::exists(run / "report.json", bad)) && out.current.empty() && !out.worker;
  return out;
}

EASE_INLINE std::string run_status::text() const {
  std::string out;
  for (auto const& one : stages) {
    if (one.done)
      out += fmt::format("{:<36} done: {} of {} rows{}\n", one.name, one.written, one.read,
                         one.failed > 0 ? fmt::format(", {} failed", one.failed) : "");
    else if (one.name != current)
      out += fmt::format("{:<36} to be done again; {} answers kept\n", one.name, one.kept);
  }
  if (auto const at = std::ranges::find(stages, current, &stage_state::name); !current.empty())
    out += fmt::format("{:<36} {}; {} answers kept\n", current, worker ? "running" : "stopped",
                       at == stages.end() ? 0 : at->kept);
  if (worker) return out + fmt::format("a run is active here (process {})\n", *worker);
  return out + (finished ? "finished\n" : "no run is active here; the same command or program resumes it\n");
}

EASE_INLINE std::string run_status::json() const {
  std::string line;
  json_writer w{line, bad_utf8::replace};
  w.object().key("finished").value(finished).key("running").value(worker.has_value()).key("at").value(current);
  w.key("stages").array();
  for (auto const& one : stages) {
    w.object().key("stage").value(one.name).key("done").value(one.done).key("read").value(one.read);
    w.key("written").value(one.written).key("failed").value(one.failed).key("answers_kept").value(one.kept).end();
  }
  w.end().end();
  return line;
}

}  // namespace ease::inline v1
