// SPDX-License-Identifier: Apache-2.0
#pragma once
// --shard: one of N parts of a command's rows. Its files get names of their own, and a manifest from which `ease merge` puts
// them together (shards/merge_shards.hpp).
#include <CLI/CLI.hpp>
#include <ease/shards/shard_manifest.hpp>
#include <ease/version.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chosen_settings.hpp"
#include "command.hpp"
#include "model_shelf.hpp"
#include "options.hpp"
#include "shares.hpp"
#include "step_report.hpp"

namespace ease::app {

inline void add_shard(command& cmd, output_options& o) {
  cmd->add_option("--shard", o.shard,
                  "Work on part I of N of the rows only, I from 1, or auto: as torchrun, mpirun, srun or a SLURM job array "
                  "say. Files "
                  "become OUT.shard-I-of-N; `ease merge OUT` puts them together")
      ->type_name("I/N")
      ->check([](std::string const& said) { return said.empty() ? "\"\": write I/N with I from 1 to N, or auto" : ""; }, "")
      ->group("Many machines");
}

class sharding {
 public:
  // `main`: the command's output, by whose name the part's manifest is known.
  sharding(CLI::App const& command, output_options const& o, std::string const& main)
      : command_{&command},
        part_{o.shard.empty() ? shard{} : shard::parse(o.shard)},
        active_{!o.shard.empty()},
        main_{main} {
    if (active_ && main.empty()) throw error{"--shard: name a file for the rows; a part's rows are its result"};
  }

  shard const& part() const { return part_; }
  // What the part writes in an output's place. Empty stays empty.
  std::string operator()(std::string const& name) const {
    if (!active_ || name.empty()) return name;
    namespace fs = std::filesystem;
    if (fs::path{name}.parent_path().lexically_normal() != fs::path{main_}.parent_path().lexically_normal())
      throw error{"--shard: {} and {} are in two folders; name all outputs in one, so that its parts are merged there",
                  main_, name};
    return shard_file(name, part_).string();
  }
  // The part's own manifest; empty without --shard.
  std::string manifest() const { return active_ ? manifest_of(shard_file(main_, part_)).string() : std::string{}; }
  // Has the rows of an input read in part.
  void divide(input_options& in) const {
    if (!active_) return;
    std::error_code bad;
    if (!std::filesystem::is_regular_file(in.file, bad) && std::filesystem::exists(in.file, bad))
      throw error{"--shard: {} is no file that every part can read from its beginning", in.file};
    in.part = part_;
    auto const beside =
        std::filesystem::path{main_}.parent_path() / (std::filesystem::path{in.file}.filename() += ".bad.jsonl");
    in.bad_rows = (*this)(in.bad_rows.empty() ? beside.string() : in.bad_rows);
  }

  // Writes the part's manifest, when its files are all there.
  void finish(step_report const& report, std::vector<std::string> const& inputs, model_shelf const& shelf) const {
    if (!active_) return;
    shard_manifest m{.part = part_, .command = command_->get_name(), .input_rows = report.input_rows};
    for (auto const& file : inputs) m.input_hash += (m.input_hash.empty() ? "" : " ") + file_hash(file);
    m.settings = settings();
    for (auto const& who : shelf.identities()) m.settings.emplace_back("the model", who);
    m.read = report.read;
    m.rows = report.rows;
    if (auto const own = share::of(report); !own.is_empty()) m.details = to_json_text(own);
    for (auto const& f : report.files) add_file(m, f);
    // Only the first part has the bad rows; all know of the file.
    if (part_.number != 1 && rejects_bad_rows()) {
      auto const name = bad_rows_name(inputs);
      if (!name.empty()) m.files.push_back({.name = name});
    }
    m.write(manifest());
  }

 private:
  std::string name_of(std::filesystem::path const& share) const {
    // shard_file in reverse: the mark is taken out again.
    auto name = share.filename().string();
    auto const mark = fmt::format(".shard-{}-of-{}", part_.number, part_.count);
    name.erase(name.rfind(mark), mark.size());
    return name;
  }
  void add_file(shard_manifest& m, placed_file const& f) const {
    m.files.push_back(
        {.name = name_of(f.path), .positions = f.positions, .hash = f.exists ? file_hash(f.path) : std::string{}});
  }
  std::string value_of(char const* option) const {
    auto const* const found = command_->get_option_no_throw(option);
    return found == nullptr || found->count() == 0 ? std::string{} : found->results().front();
  }
  bool rejects_bad_rows() const { return value_of("--on-bad-row") == "reject"; }
  std::string bad_rows_name(std::vector<std::string> const& inputs) const {
    auto const named = value_of("--bad-rows");
    return named.empty() ? std::filesystem::path{inputs.front()}.filename().string() + ".bad.jsonl"
                         : std::filesystem::path{named}.filename().string();
  }

  // Every option that rows could depend on, whether it was given or not. Files are told by their bytes and models by what
  // they say of themselves: another machine may have them under other names.
  std::vector<std::pair<std::string, std::string>> settings() const {
    std::vector<std::pair<std::string, std::string>> all{{"ease", std::string{version_text}}};
    for (auto const* const option : command_->get_options()) {
      auto name = option->get_name();
      if (shapes_no_row(name)) continue;
      if (auto const kind = option->get_type_name(); kind == "FILE" || kind == "MODEL" || kind == "PATH") continue;
      all.emplace_back(std::move(name), value_text(*option));
    }
    return all;
  }

  CLI::App const* command_;
  shard part_;
  bool active_;
  std::string main_;
};

}  // namespace ease::app
