// SPDX-License-Identifier: Apache-2.0
// `ease status`: what a run has done and is at.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ease/core/error.hpp>
#include <ease/io/files/mapped_file.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/journal/journal_scan.hpp>
#include <ease/run/folder/stage_files.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "../../commands.hpp"
#include "../../folder_lock.hpp"

namespace ease::app {

namespace {

namespace fs = std::filesystem;

struct stage_state {
  std::string name;
  fs::file_time_type when{};
  bool done{false};
  std::size_t read{0}, written{0}, failed{0};  // of a stage that is done
  std::size_t kept{0};                         // answers in its journal
};

// Answers in a journal that may be written to at this moment.
std::size_t answers_in(fs::path const& path) {
  std::error_code bad;
  if (!fs::is_regular_file(path, bad)) return 0;
  mapped_file const file{path};
  std::unordered_set<hash128> keys;
  scan_journal({reinterpret_cast<char const*>(file.bytes().data()), file.bytes().size()},
               [&](hash128 const& key, std::size_t, std::uint32_t size) {
                 if (size > 0) keys.insert(key);  // empty ones close a batch
               });
  return keys.size();
}

std::vector<stage_state> states_in(fs::path const& folder) {
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

}  // namespace

void add_status(CLI::App& app, action& chosen) {
  struct all {
    std::string folder;
    bool json{false};
  };
  auto s = std::make_shared<all>();
  auto& cmd = *app.add_subcommand("status", "What a run has done, what it is at, and whether it is still at work");
  cmd.footer("Example: ease status build/run");
  cmd.add_option("folder", s->folder, "The --out of `ease run`")->required()->type_name("DIR");
  cmd.add_flag("--json", s->json, "Print a JSON object");
  cmd.callback([s, &chosen] {
    chosen = [s] {
      auto const folder = fs::path{s->folder} / ".run";
      std::error_code bad;
      if (!fs::is_directory(folder, bad)) throw error{"{}: no run was started here", s->folder};
      auto const states = states_in(folder);
      auto const worker = folder_lock::held_by(folder);
      std::string current;
      std::getline(std::ifstream{folder / "current"}, current);
      if (std::ranges::any_of(states, [&](auto const& one) { return one.done && one.name == current; })) current.clear();
      bool const finished = fs::exists(fs::path{s->folder} / "report.json", bad) && current.empty() && !worker;
      if (s->json) {
        std::string line;
        json_writer w{line, bad_utf8::replace};
        w.object().key("finished").value(finished).key("running").value(worker.has_value()).key("at").value(current);
        w.key("stages").array();
        for (auto const& one : states) {
          w.object().key("stage").value(one.name).key("done").value(one.done).key("read").value(one.read);
          w.key("written").value(one.written).key("failed").value(one.failed).key("answers_kept").value(one.kept).end();
        }
        w.end().end();
        fmt::print("{}\n", line);
        return 0;
      }
      for (auto const& one : states) {
        if (one.done)
          fmt::print("{:<36}done: {} of {} rows{}\n", one.name, one.written, one.read,
                     one.failed > 0 ? fmt::format(", {} failed", one.failed) : "");
        else if (one.name != current)
          fmt::print("{:<36}to be done again; {} answers kept\n", one.name, one.kept);
      }
      if (!current.empty())
        fmt::print("{:<36}{}; {} answers kept\n", current, worker ? "at work" : "stopped half-way",
                   answers_in(folder / (current + ".journal")));
      if (worker)
        fmt::print("a run is at work here (process {})\n", *worker);
      else
        fmt::print("{}\n", finished ? "finished" : "no run is at work here; the same `ease run` goes on where this one was");
      return 0;
    };
  });
}

}  // namespace ease::app
