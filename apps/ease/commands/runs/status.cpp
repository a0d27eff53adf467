// SPDX-License-Identifier: Apache-2.0
// `ease status`: what a run has done and is at.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ease/io/json/terminal_text.hpp>
#include <ease/run/folder/run_status.hpp>
#include <memory>
#include <string>
#include <thread>

#include "../../commands.hpp"

namespace ease::app {

namespace {

struct status_command {
  std::string folder;
  bool json{false}, watch{false};
  double every{2};

  int work() const {
    bool const redraws = watch && !json && ::isatty(STDOUT_FILENO) == 1;
    for (std::string before;;) {
      auto const now = status_of(folder);
      auto const text = json ? now.json() + "\n" : terminal_text(now.text());
      if (redraws)
        fmt::print("\x1b[H\x1b[J{}", text);
      else if (text != before)
        fmt::print("{}{}", before.empty() || json ? "" : "\n", text);
      (void)std::fflush(stdout);
      if (!watch || !now.worker) return 0;
      before = text;
      std::this_thread::sleep_for(std::chrono::duration<double>(every));
    }
  }
};

}  // namespace

void add_status(CLI::App& app, action& chosen) {
  auto s = std::make_shared<status_command>();
  command cmd{app, "status", "What a run has done, which stage it is in, and whether it is still running",
              "Examples: ease status build/run\n"
              "          ease status build/run --watch"};
  cmd->add_option("folder", s->folder, "The --out of `ease run`")->required()->type_name("DIR");
  cmd->add_flag("-w,--watch", s->watch, "Again and again, until no run is active there");
  cmd.number("--every", s->every, "Seconds from one look to the next", between{0.1, 3600.0});
  cmd->get_option("--every")->needs("--watch");
  cmd->add_flag("--json", s->json, "Print a JSON object, with --watch one for each change");
  cmd.runs(chosen, [s] { return s->work(); });
}

}  // namespace ease::app
