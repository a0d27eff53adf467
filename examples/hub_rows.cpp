// SPDX-License-Identifier: Apache-2.0
// Prompts of a data set by its name on the Hugging Face hub, or of a file: which files they stand in, and all rows as JSON lines.
//     hub_rows allenai/wildjailbreak:train/train OUT.jsonl
// What the hub's cache has of it is not downloaded again, and is not asked for.
#include <cstdio>
#include <ease/core/error.hpp>
#include <ease/core/stop_signals.hpp>
#include <ease/hub/download/hub_downloads.hpp>
#include <ease/io/rows/read_records.hpp>
#include <ease/io/rows/write_records.hpp>
#include <ease/record/fields.hpp>
#include <string>
#include <vector>

using namespace ease;

int main(int argc, char** argv) try {
  std::vector<std::string> const args(argv, argv + argc);
  if (args.size() != 3) throw error{"usage: hub_rows ORG/NAME[@REVISION][:CONFIG/SPLIT] OUT.jsonl"};
  watch_signals();
  hub_downloads const downloads{{.say = [](std::string const& line) { fmt::print(stderr, "hub_rows: {}\n", line); }}};
  auto const rows = read_records<prompt, other_keys>(args[1]);
  record_writer out{args[2]};
  for (auto const& row : rows) out(row);
  out.close();
  fmt::print("{}: {} rows\n", rows.description(), rows.counts().given);
  return 0;
} catch (error const& problem) {
  fmt::print(stderr, "hub_rows: {}\n", problem.what());
  return stop_asked() ? exit_status_of_stop() : 1;
}
