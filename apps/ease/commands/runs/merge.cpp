// SPDX-License-Identifier: Apache-2.0
// `ease merge`: merges the files of a command that was run in shards.
#include <fmt/format.h>

#include <ease/method/tables/tables.hpp>
#include <ease/run/files/partial_report.hpp>
#include <ease/shards/merge_shards.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "../../row_command.hpp"

namespace ease::app {

namespace {

// The manifests of the shards that a user names, or of those next to the output.
std::vector<std::filesystem::path> manifests_of(std::vector<std::string> const& parts, std::string const& out) {
  std::vector<std::filesystem::path> manifests;
  for (auto const& part : parts) manifests.push_back(part.ends_with(".manifest") ? part : manifest_of(part).string());
  if (parts.empty()) manifests = shards_beside(out);
  if (manifests.empty())
    throw error{"{}: no shard is next to it ({}); name the shards' files", out,
                shard_file(std::filesystem::path{out}.filename(), {1, 2}).string() + ".manifest"};
  return manifests;
}

// The output and its side files that a merge writes, and those of the shards that it reads.
file_use merged_files(std::vector<std::filesystem::path> const& manifests, output_options const& o) {
  file_use use{.overwrite = o.overwrite};
  auto const folder = std::filesystem::path{o.out}.parent_path();
  for (std::size_t k = 0; k < manifests.size(); ++k) {
    auto const& path = manifests[k];
    auto const says = shard_manifest::read_from(path);
    use.reads.push_back(path.string());
    for (std::size_t i = 0; i < says.files.size(); ++i) {
      auto const& name = says.files[i].name;
      use.reads.push_back(shard_file(path.parent_path() / name, says.shard).string());
      auto const out = i == 0 ? o.out : (folder / name).string();
      if (k == 0) use.writes.push_back(out);  // all shards have the same files
    }
  }
  return use;
}

}  // namespace

void add_merge(CLI::App& app, action& chosen) {
  struct all {
    output_options o;
    std::vector<std::string> parts;
    std::vector<std::filesystem::path> manifests;
  };
  auto s = std::make_shared<all>();
  command cmd{
      app, "merge", "Merge the files of --shard 1/N ... N/N",
      "Example: ease diagnose prompts.jsonl --model m.gguf --out answered.jsonl --shard 1/2    # on one machine\n"
      "         ease diagnose prompts.jsonl --model m.gguf --out answered.jsonl --shard 2/2    # on another\n"
      "         ease merge answered.jsonl        # in a folder with the files of both\n"
      "Writes what the command would have written without --shard, byte for byte and in the input's order; so also its "
      "files "
      "for rejected, failed and bad rows, next to OUT. Shards that are missing, there twice, of another input or of other "
      "settings are refused."};
  cmd->add_option("out,-o,--out,--output", s->o.out, "The whole file")->required()->type_name("OUT");
  cmd->add_option("shards", s->parts, "The shards' files (default: OUT.shard-* next to OUT)")->type_name("SHARD");
  add_overwrite(cmd, s->o.overwrite);
  add_reporting(cmd, s->o);
  cmd.files([&s = *s] {
    s.manifests = manifests_of(s.parts, s.o.out);
    return merged_files(s.manifests, s.o);
  });
  cmd.runs(chosen, [s] {
    auto const done = merge_shards(s->o.out, s->manifests);
    step_report report{done.command};
    report.rows = done.rows;
    report.read = done.read;
    for (auto const& stage : done.rows.stages) report.seconds += stage.seconds;
    partial_report whole;
    for (std::size_t i = 0; i < done.details.size(); ++i)
      if (!done.details[i].empty())
        whole += from_json_text<partial_report>(
            done.details[i],
            fmt::format("{}: what shard {} says of its models or its table cannot be read", s->o.out, i + 1));
    whole.report_to(report);
    if (!s->o.json)
      for (auto const& [path, rows] : done.files) fmt::print("{}: {} rows\n", path.string(), rows);
    if (!s->o.json && !report.scores.empty()) fmt::print("{}", scores_table(report.scores));
    return report_done(report, s->o);
  });
}

}  // namespace ease::app
