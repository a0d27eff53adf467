// SPDX-License-Identifier: Apache-2.0
#pragma once
// One of N shards of the rows of a stage from file to file: its files get names of their own, and a manifest from which
// merge_shards() puts them together (shards/merge_shards.hpp).
//
//     sharding const shard{"2/8", "answered.jsonl"};
//     shard.divide(input);                            // only its rows are read
//     ... pipe(..., input, shard("answered.jsonl"), ...)
//     shard.finish("diagnose", report, {input}, settings);
#include <algorithm>
#include <ease/core/error.hpp>
#include <ease/hub/named_rows.hpp>
#include <ease/run/files/partial_report.hpp>
#include <ease/run/files/step_report.hpp>
#include <ease/shards/shard_manifest.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

class sharding {
 public:
  // `said`: "2/8", or "auto" (record/shard.hpp); empty: all rows, under the names they have anyway. `main`: the output by
  // whose name the shard's manifest is known. Throws ease::error.
  sharding(std::string const& said, std::string const& main)
      : shard_{said.empty() ? shard{} : shard::parse(said)}, active_{!said.empty()}, main_{main} {
    if (active_ && main.empty()) throw usage_error{"--shard: name a file for the rows; a shard's rows are its result"};
  }

  // What the shard writes in an output's place. Empty stays empty.
  std::string operator()(std::string const& name) const {
    if (!active_ || name.empty()) return name;
    namespace fs = std::filesystem;
    if (fs::path{name}.parent_path().lexically_normal() != fs::path{main_}.parent_path().lexically_normal())
      throw usage_error{
          "--shard: {} and {} are in two folders; name all outputs in one, so that its shards are merged there", main_,
          name};
    return shard_file(name, shard_).string();
  }
  // The shard's own manifest; empty without --shard.
  std::string manifest() const { return active_ ? manifest_of(shard_file(main_, shard_)).string() : std::string{}; }
  // Has an input give the rows of the shard only.
  void divide(input_options& in) const {
    if (!active_) return;
    std::error_code bad;
    if (!std::filesystem::is_regular_file(in.file, bad) && std::filesystem::exists(in.file, bad))
      throw usage_error{"--shard: {} is no file that every shard can read from its beginning", in.file};
    in.shard = shard_;
    auto const beside = std::filesystem::path{main_}.parent_path() /
                        (std::filesystem::path{path_of_rows(in.file)}.filename() += ".bad.jsonl");
    in.bad_rows = (*this)(in.bad_rows.empty() ? beside.string() : in.bad_rows);
  }

  // What the rows depend on besides the input, by name: shards that differ in it are not merged.
  using settings = std::vector<std::pair<std::string, std::string>>;

  // Writes the shard's manifest, when its files are all there. `command`: what the shards' merge reports as.
  void finish(std::string const& command, step_report const& report, std::vector<input_options> const& inputs,
              settings const& of_rows) const {
    if (!active_) return;
    shard_manifest m{.shard = shard_, .command = command, .input_rows = report.input_rows, .settings = of_rows};
    for (auto const& in : inputs) m.input_hash += (m.input_hash.empty() ? "" : " ") + content_of_rows(in.file);
    m.read = report.read;
    m.rows = report.rows;
    if (auto const own = partial_report::of(report); !own.is_empty()) m.details = to_json_text(own);
    for (auto const& f : report.files) add_file(m, f);
    // Only the first shard has the bad rows; all know of the file.
    for (auto const& in : inputs)
      if (auto const name = shard_.number != 1 && in.on_bad_row == "reject" ? name_of(in.bad_rows_file()) : std::string{};
          !name.empty() && std::ranges::none_of(m.files, [&](auto const& f) { return f.name == name; }))
        m.files.push_back({.name = name});
    m.write(manifest());
  }

 private:
  std::string name_of(std::filesystem::path const& share) const {
    // shard_file in reverse: the mark is taken out again.
    auto name = share.filename().string();
    auto const mark = fmt::format(".shard-{}-of-{}", shard_.number, shard_.count);
    name.erase(name.rfind(mark), mark.size());
    if (name.ends_with(".parquet.jsonl")) name.erase(name.rfind('.'));
    return name;
  }
  void add_file(shard_manifest& m, placed_file const& f) const {
    m.files.push_back(
        {.name = name_of(f.path), .positions = f.positions, .hash = f.exists ? file_hash(f.path) : std::string{}});
  }
  shard shard_;
  bool active_;
  std::string main_;
};

}  // namespace ease::inline v1
