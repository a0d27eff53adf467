// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a command that worked on one shard of the rows (record/shard.hpp) says of its files, in a file next to them: of which
// shard, of which input, under which settings, how many rows went where, and which places in the input each file's rows had.
// Rows themselves carry none of it, so that the merged files are those of an undivided run (shards/merge_shards.hpp).
//   answered.jsonl  ->  answered.shard-2-of-8.jsonl, answered.shard-2-of-8.jsonl.manifest

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/files/atomic_file.hpp>
#include <ease/io/files/file_hash.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/io/json/simdjson.hpp>
#include <ease/io/rows/read_records.hpp>
#include <ease/io/rows/write_records.hpp>
#include <ease/record/shard.hpp>
#include <ease/stage/report.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// The name of one shard of the file `path`. A shard of a Parquet file is JSON lines, NAME.shard-I-of-N.parquet.jsonl: its columns'
// types are those of all shards together, which the merge knows first.
inline std::filesystem::path shard_file(std::filesystem::path const& path, shard const& part) {
  auto const name = path.filename().string();
  std::string_view stem = name;
  for (std::string_view const known : {".gz", ".zst", ".jsonl", ".json", ".parquet"})
    if (stem.size() > known.size() && stem.ends_with(known)) stem.remove_suffix(known.size());
  auto const ending = std::string_view{name}.substr(stem.size());
  return path.parent_path() / fmt::format("{}.shard-{}-of-{}{}{}", stem, part.number, part.count, ending,
                                          record_writer::is_parquet(path) ? ".jsonl" : "");
}
inline std::filesystem::path manifest_of(std::filesystem::path shard) { return shard += ".manifest"; }

struct shard_manifest {
  static constexpr int version = 2;  // 1: rows were dealt to shards, and files hashed, by other hashes

  struct file {
    std::string name;                      // of the whole file, without its folder
    std::vector<std::size_t> positions{};  // of its rows in the input, ascending
    std::string hash{};                    // of this shard's file; empty: it has no rows and does not exist
  };
  ease::shard shard{};
  std::string command{};
  std::string input_hash{};
  std::size_t input_rows{0};  // that could be read, of all shards
  std::vector<std::pair<std::string, std::string>> settings{};
  read_counts read{};         // of this shard
  run_report rows{};          // of this shard
  std::vector<file> files{};  // the output first
  std::string details{};      // a JSON object of the command's own, which it adds up itself; or empty

  std::string json() const;
  void write(std::filesystem::path const& path) const { write_atomically(path, json() + "\n"); }
  // Throws ease::error of one line if the file is not a whole and sound manifest, whatever it is.
  static shard_manifest read_from(std::filesystem::path const& path);
};

inline std::string shard_manifest::json() const {
  std::string out;
  json_writer w{out, bad_utf8::replace};
  w.object().key("ease_shard").value(version).key("command").value(command).key("shard").value(shard.number);
  w.key("of").value(shard.count).key("input_rows").value(input_rows).key("input_hash").value(input_hash);
  w.key("left_out").value(read.left_out).key("settings").array();
  for (auto const& [name, value] : settings) w.array().value(name).value(value).end();
  w.end().key("counts").array().value(read.read).value(read.given).value(read.rejected).value(rows.read);
  w.value(rows.written).end().key("stages").array();
  for (auto const& s : rows.stages) {
    w.object().key("stage").value(s.stage).key("in").value(s.in).key("out").value(s.out).key("failed").value(s.failed);
    if (!s.first_failure.empty()) w.key("first_failure").value(s.first_failure);
    if (!s.verdict.empty()) w.key("verdict").value(s.verdict);
    w.key("seconds").value(s.seconds).key("rejected").array();
    for (auto const& [reason, count] : s.rejected) w.array().value(reason).value(count).end();
    w.end().end();
  }
  w.end();
  for (auto const& [name, all] : {std::pair{"not_used", &read.not_used}, std::pair{"not_given", &read.not_given},
                                  std::pair{"guessed", &read.guessed}}) {
    w.key(name).array();
    for (auto const& [key, rows_with_it] : *all) w.array().value(key).value(rows_with_it).end();
    w.end();
  }
  if (!details.empty()) w.key("details").raw(details);
  w.key("files").array();
  for (auto const& f : files) {
    w.object().key("name").value(f.name).key("hash").value(f.hash).key("positions").array();
    for (auto const p : f.positions) w.value(p);
    w.end().end();
  }
  w.end().end();
  return out;
}

inline shard_manifest shard_manifest::read_from(std::filesystem::path const& path) {
  namespace dom = simdjson::dom;
  using std::string_view;
  shard_manifest m;
  try {
    dom::parser parser;
    dom::element const whole = parser.load(path.string());
    auto const number = [](dom::element e) { return std::size_t{e.get_uint64().value()}; };
    auto const text = [](dom::element e) { return std::string{string_view{e.get_string().value()}}; };
    auto const list = [](dom::element e, char const* key) -> dom::array { return e[key].get_array().value(); };
    auto const count = [&](dom::element e, std::size_t i) { return number(e.at(i).value()); };
    if (auto const made = number(whole["ease_shard"].value()); made != version)
      throw error{"made by {} version of ease, which deals rows to shards in another way: run all shards with one",
                  made < version ? "an earlier" : "a later"};
    m.command = text(whole["command"].value());
    m.shard = {number(whole["shard"].value()), number(whole["of"].value())};
    if (m.shard.number < 1 || m.shard.number > m.shard.count || m.shard.count > shard::most) throw error{"no such shard"};
    m.input_rows = number(whole["input_rows"].value());
    m.input_hash = text(whole["input_hash"].value());
    for (dom::element const pair : list(whole, "settings"))
      m.settings.emplace_back(text(pair.at(0).value()), text(pair.at(1).value()));
    dom::element const counts = whole["counts"].value();
    m.read = {.read = count(counts, 0), .given = count(counts, 1), .rejected = count(counts, 2)};
    std::uint64_t left_out = 0;  // earlier versions had none, nor these counts by name
    if (whole["left_out"].get(left_out) == simdjson::SUCCESS) m.read.left_out = left_out;
    for (auto const& [name, all] : {std::pair{"not_used", &m.read.not_used}, std::pair{"not_given", &m.read.not_given},
                                    std::pair{"guessed", &m.read.guessed}})
      if (dom::array keys; whole[name].get(keys) == simdjson::SUCCESS)
        for (dom::element const pair : keys) (*all)[text(pair.at(0).value())] = count(pair, 1);
    m.rows.read = count(counts, 3);
    m.rows.written = count(counts, 4);
    for (dom::element const s : list(whole, "stages")) {
      stage_count stage{.stage = text(s["stage"].value()), .in = number(s["in"].value()), .out = number(s["out"].value())};
      stage.failed = number(s["failed"].value());
      if (dom::element why; s["first_failure"].get(why) == simdjson::SUCCESS) stage.first_failure = text(why);
      if (dom::element judged; s["verdict"].get(judged) == simdjson::SUCCESS) stage.verdict = text(judged);
      stage.seconds = s["seconds"].get_double().value();
      for (dom::element const pair : list(s, "rejected")) stage.rejected[text(pair.at(0).value())] = count(pair, 1);
      m.rows.stages.push_back(std::move(stage));
    }
    if (dom::element own; whole["details"].get(own) == simdjson::SUCCESS)
      m.details = simdjson::minify(own.get_object().value());
    for (dom::element const f : list(whole, "files")) {
      file one{.name = text(f["name"].value()), .hash = text(f["hash"].value())};
      // It is put together into a path: nothing but a plain name may stand there.
      if (one.name.empty() || one.name == "." || one.name == ".." ||
          one.name.find_first_of(string_view{"/\0", 2}) != std::string::npos)
        throw error{"a file's name is none"};
      for (dom::element const p : list(f, "positions")) {
        if (!one.positions.empty() && number(p) <= one.positions.back()) throw error{"rows out of order"};
        one.positions.push_back(number(p));
      }
      if (one.hash.empty() && !one.positions.empty()) throw error{"rows without a file"};
      if (std::ranges::any_of(m.files, [&](auto const& other) { return other.name == one.name; }))
        throw error{"a file named twice"};
      m.files.push_back(std::move(one));
    }
    if (m.files.empty() || m.files.front().hash.empty()) throw error{"no output"};
  } catch (simdjson::simdjson_error const& e) {
    if (e.error() == simdjson::IO_ERROR)
      throw error{"{}: cannot be read; a shard's files are merged together with its manifest, which must be next to them",
                  path.string()};
    throw error{"{}: not the manifest of a shard ({})", path.string(), e.what()};
  } catch (error const& e) {
    throw error{"{}: not the manifest of a shard ({})", path.string(), e.what()};
  }
  return m;
}

}  // namespace ease::inline v1
