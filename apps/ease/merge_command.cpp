#include <fmt/format.h>

#include <ease/io/merge_shards.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "commands.hpp"
#include "kept_shelf.hpp"
#include "options.hpp"
#include "shares.hpp"
#include "steps.hpp"
#include "table.hpp"

namespace ease::app {

void add_merge_command(CLI::App& app, action& chosen) {
  struct all {
    output_options o;
    std::vector<std::string> parts;
  };
  auto s = std::make_shared<all>();
  auto& cmd = *app.add_subcommand("merge", "Put the files of --shard 1/N ... N/N together");
  cmd.footer(
      "Example: ease diagnose prompts.jsonl --model m.gguf --out answered.jsonl --shard 1/2    # on one machine\n"
      "         ease diagnose prompts.jsonl --model m.gguf --out answered.jsonl --shard 2/2    # on another\n"
      "         ease merge answered.jsonl        # in a folder with the files of both\n"
      "Writes what the command would have written without --shard, byte for byte and in the input's order; so also its "
      "files "
      "for rejected, failed and bad rows, beside OUT. Parts that are missing, there twice, of another input or of other "
      "settings are refused.");
  cmd.add_option("out,-o,--out,--output", s->o.out, "The whole file")->required()->type_name("OUT");
  cmd.add_option("shards", s->parts, "The parts' files (default: OUT.shard-* beside OUT)")->type_name("SHARD");
  cmd.add_flag("--json", s->o.json, "Print the report as JSON on stdout");
  cmd.callback([s, &chosen] {
    chosen = [s] {
      std::vector<std::filesystem::path> manifests;
      for (auto const& part : s->parts) manifests.push_back(part.ends_with(".manifest") ? part : manifest_of(part).string());
      if (s->parts.empty()) manifests = shards_beside(s->o.out);
      if (manifests.empty())
        throw error{"{}: no part stands beside it ({}); name the parts' files", s->o.out,
                    shard_file(std::filesystem::path{s->o.out}.filename(), {1, 2}).string() + ".manifest"};
      auto const done = merge_shards(s->o.out, manifests);
      step_report report{.step = done.command, .rows = done.rows, .read = done.read};
      for (auto const& stage : done.rows.stages) report.seconds += stage.seconds;
      for (std::size_t i = 0; i < done.details.size(); ++i) {
        try {
          add_share(report, done.details[i]);
        } catch (simdjson::simdjson_error const& e) {
          throw error{"{}: what part {} says of its models or its table cannot be read ({})", s->o.out, i + 1, e.what()};
        }
      }
      finish_shares(report);
      if (!s->o.json)
        for (auto const& [path, rows] : done.files) fmt::print("{}: {} rows\n", path.string(), rows);
      if (!s->o.json && !report.scores.empty()) fmt::print("{}", scores_table(report.scores));
      return report_done(report, s->o);
    };
  });
}

}  // namespace ease::app
