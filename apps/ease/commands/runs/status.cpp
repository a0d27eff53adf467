// SPDX-License-Identifier: Apache-2.0
// `ease status`: what a run has done and is at.
#include <fmt/format.h>

#include <algorithm>
#include <ease/io/json/json_text.hpp>
#include <ease/run/folder/run_status.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "../../commands.hpp"

namespace ease::app {

void add_status(CLI::App& app, action& chosen) {
  struct all {
    std::string folder;
    bool json{false};
  };
  auto s = std::make_shared<all>();
  auto& cmd = *app.add_subcommand("status", "What a run has done, which stage it is in, and whether it is still running");
  cmd.footer("Example: ease status build/run");
  cmd.add_option("folder", s->folder, "The --out of `ease run`")->required()->type_name("DIR");
  cmd.add_flag("--json", s->json, "Print a JSON object");
  cmd.callback([s, &chosen] {
    chosen = [s] {
      auto const [states, current, worker] = status_of(s->folder);
      std::error_code bad;
      // A program of one's own leaves no report.json: there the marks of its stages say it.
      bool const reported = std::filesystem::exists(std::filesystem::path{s->folder} / "report.json", bad);
      bool const all_done = !states.empty() && std::ranges::all_of(states, &stage_state::done);
      bool const finished = (reported || all_done) && current.empty() && !worker;
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
          fmt::print("{:<36} done: {} of {} rows{}\n", one.name, one.written, one.read,
                     one.failed > 0 ? fmt::format(", {} failed", one.failed) : "");
        else if (one.name != current)
          fmt::print("{:<36} to be done again; {} answers kept\n", one.name, one.kept);
      }
      if (auto const at = std::ranges::find(states, current, &stage_state::name); !current.empty())
        fmt::print("{:<36} {}; {} answers kept\n", current, worker ? "running" : "stopped",
                   at == states.end() ? 0 : at->kept);
      if (worker)
        fmt::print("a run is active here (process {})\n", *worker);
      else
        fmt::print("{}\n", finished ? "finished" : "no run is active here; the same command or program resumes it");
      return 0;
    };
  });
}

}  // namespace ease::app
