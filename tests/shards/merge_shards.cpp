// SPDX-License-Identifier: Apache-2.0
#include <ease/record/fields.hpp>
#include <ease/record/prompt_hash.hpp>
#include <ease/shards/merge_shards.hpp>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"

using namespace ease;
namespace fs = std::filesystem;

namespace {

struct number : field<"number", std::size_t> {};
using row = record<prompt, number>;

// A made-up command: rows whose number is a multiple of three are rejected, of seven fail; none is ever unparsed.
std::string file_of(row const& r) {
  return get<number>(r) % 3 == 0 ? "out.jsonl.rejects.jsonl" : get<number>(r) % 7 == 0 ? "out.jsonl.failed.jsonl" : "";
}
std::vector<std::string> const side_names{"out.jsonl.rejects.jsonl", "out.jsonl.failed.jsonl", "out.jsonl.unparsed.jsonl"};

// `distinct` prompts, so that some rows are alike and some differ in their numbers alone.
std::vector<row> some_rows(std::size_t count, std::size_t distinct) {
  std::vector<row> rows;
  for (std::size_t i = 0; i < count; ++i)
    rows.push_back(make_record<prompt, number>("count to " + std::to_string(i * 31 % distinct), i));
  return rows;
}

// What the command leaves in `folder`: all rows, without any shard in it.
void undivided(fs::path const& folder, std::string const& out, std::vector<row> const& rows) {
  std::map<std::string, std::unique_ptr<record_writer>> files;
  files[out] = std::make_unique<record_writer>(folder / out);
  for (auto const& r : rows) {
    auto const name = file_of(r).empty() ? out : file_of(r);
    if (!files[name]) files[name] = std::make_unique<record_writer>(folder / name);
    (*files[name])(r);
  }
  for (auto& [name, file] : files) file->close();
}

struct made_with {
  std::string seed{"42"}, input{"abcdef"}, command{"judge"};
};
// What the command leaves of one shard; the manifest's path.
fs::path divided(fs::path const& folder, std::string const& out, shard const& part, std::vector<row> const& rows,
                 made_with const& with = {}) {
  shard_manifest m{.shard = part, .command = with.command, .input_hash = with.input, .input_rows = rows.size()};
  m.settings = {{"--seed", with.seed}, {"--template", "plain"}};
  std::vector<std::string> names{out};
  names.insert(names.end(), side_names.begin(), side_names.end());
  stage_count counts{.stage = "judge"};
  for (auto const& name : names) {
    shard_manifest::file f{.name = name};
    std::unique_ptr<record_writer> writer;
    if (name == out) writer = std::make_unique<record_writer>(folder / shard_file(name, part));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!part.owns(prompt_hash(get<prompt>(rows[i]))) || (file_of(rows[i]).empty() ? out : file_of(rows[i])) != name)
        continue;
      if (!writer) writer = std::make_unique<record_writer>(folder / shard_file(name, part));
      (*writer)(rows[i]);
      f.positions.push_back(i);
      ++counts.in;
      if (name == out) ++counts.out;
      if (name == side_names[0]) ++counts.rejected["thirds"];
      if (name == side_names[1] && counts.failed++ == 0) counts.first_failure = "no room in shard " + part.text();
    }
    if (writer) {
      writer->close();
      f.hash = file_hash(folder / shard_file(name, part));
    }
    m.files.push_back(std::move(f));
  }
  m.rows = {.read = counts.in, .written = counts.out, .stages = {counts}};
  m.read = {counts.in, counts.in, 0};
  if (part.number != 2) m.details = fmt::format(R"({{"part":{},"more":["a"]}})", part.number);
  auto const path = manifest_of(folder / shard_file(out, part));
  m.write(path);
  return path;
}
std::vector<fs::path> all_parts(fs::path const& folder, std::string const& out, std::size_t count,
                                std::vector<row> const& rows) {
  std::vector<fs::path> manifests;
  for (std::size_t i = count; i > 0; --i) manifests.push_back(divided(folder, out, {i, count}, rows));
  return manifests;
}
// Name and bytes of every file that is no part of a whole.
std::map<std::string, std::string> whole_files(fs::path const& folder) {
  std::map<std::string, std::string> all;
  for (auto const& one : fs::directory_iterator{folder})
    if (auto const name = one.path().filename().string(); name.find(".shard-") == name.npos)
      all[name] = test::content(one.path());
  return all;
}

}  // namespace

TEST_CASE("the shards of a file have names of their own") {
  CHECK(shard_file("a/answered.jsonl", {2, 8}) == "a/answered.shard-2-of-8.jsonl");
  CHECK(shard_file("answered.jsonl.gz", {2, 8}) == "answered.shard-2-of-8.jsonl.gz");
  CHECK(shard_file("answered.jsonl.zst", {2, 8}) == "answered.shard-2-of-8.jsonl.zst");
  CHECK(shard_file("answered.parquet", {2, 8}) == "answered.shard-2-of-8.parquet.jsonl");
  CHECK(shard_file("out.jsonl.failed.jsonl", {1, 2}) == "out.jsonl.failed.shard-1-of-2.jsonl");
  CHECK(shard_file("plain", {1, 2}) == "plain.shard-1-of-2");
  CHECK(shard_file(".jsonl", {1, 2}) == ".jsonl.shard-1-of-2");
}

TEST_CASE("merged shards are byte for byte the undivided files, whatever their count") {
  std::vector<std::string> outputs{"out.jsonl", "out.jsonl.gz", "out.jsonl.zst"};
  if (can_use_parquet()) outputs.emplace_back("out.parquet");
  for (auto const& out : outputs) {
    for (auto const& rows : {some_rows(200, 60), some_rows(3, 3), some_rows(40, 1)}) {
      test::temporary_folder const whole;
      undivided(whole.path(), out, rows);
      for (std::size_t const count : {1U, 2U, 7U}) {  // with few rows, or one prompt, some shards are empty
        test::temporary_folder const parts;
        parts.file("out.jsonl.unparsed.jsonl", "an older run's");  // the command would remove it
        all_parts(parts.path(), out, count, rows);
        auto const found = shards_beside(parts / out);
        REQUIRE(found.size() == count);
        auto const done = merge_shards(parts / out, found);
        CHECK(whole_files(parts.path()) == whole_files(whole.path()));
        CHECK(done.rows.adds_up());
        CHECK(done.rows.read == rows.size());
        CHECK(done.read.given == rows.size());
        // What commands say besides is theirs to add up: it comes as it was written, shard 1 first.
        REQUIRE(done.details.size() == count);
        CHECK(done.details.front() == R"({"part":1,"more":["a"]})");
        if (count > 1) CHECK(done.details[1].empty());
        if (count == 7) CHECK(done.details[6] == R"({"part":7,"more":["a"]})");
        CHECK(done.rows.stages[0].first_failure.empty() == (done.rows.failures() == 0));
        CHECK(done.files.size() == whole_files(whole.path()).size());
      }
    }
  }
}

TEST_CASE("shards that do not belong together are refused, and nothing is written") {
  using Catch::Contains;
  test::temporary_folder const folder;
  auto const rows = some_rows(50, 50);
  auto const good = all_parts(folder.path(), "out.jsonl", 3, rows);  // of shard 3, 2, 1
  auto const refused = [&](std::vector<fs::path> const& parts, std::string const& words) {
    CHECK_THROWS_WITH(merge_shards(folder / "out.jsonl", parts), Contains(words));
    CHECK(whole_files(folder.path()).empty());
  };
  refused({good[0], good[2]}, "1 of 3 shards are missing: 2;");
  refused({good[0], good[1], good[2], good[1]}, "shard 2/3 is there twice");
  refused({}, "name the shards' files");
  refused({good[0], folder / "nowhere.manifest"}, "nowhere.manifest: cannot be read");
  test::temporary_folder const other;
  refused({good[0], good[1], divided(other.path(), "out.jsonl", {1, 4}, rows)},
          "the number of shards is 4 here and 3 there");
  refused({good[0], good[1], divided(other.path(), "out.jsonl", {1, 3}, rows, {.seed = "7"})},
          "--seed is 7 here and 42 there");
  refused({good[0], good[1], divided(other.path(), "out.jsonl", {1, 3}, rows, {.input = "012345"})}, "the input is");
  refused({good[0], good[1], divided(other.path(), "out.jsonl", {1, 3}, some_rows(49, 49))}, "the input is 49 rows");
  refused({good[0], good[1], divided(other.path(), "out.jsonl", {1, 3}, rows, {.command = "cot"})},
          "the command is cot here");
  // A file that was cut, changed or lost after its manifest was written.
  auto const share = folder / "out.shard-1-of-3.jsonl";
  auto const bytes = test::content(share);
  for (auto const& damaged : {bytes.substr(0, bytes.size() / 2), bytes + "{}\n", std::string{}}) {
    folder.file("out.shard-1-of-3.jsonl", damaged);
    refused(good, "out.shard-1-of-3.jsonl: is not what its manifest describes");
  }
  fs::remove(share);
  refused(good, "out.shard-1-of-3.jsonl: cannot read");
  folder.file("out.shard-1-of-3.jsonl", bytes);
  CHECK(merge_shards(folder / "out.jsonl", good).rows.read == 50);
}

TEST_CASE("the sum of the shards must be the input") {
  test::temporary_folder const folder;
  auto const rows = some_rows(50, 50);
  auto const parts = all_parts(folder.path(), "out.jsonl", 2, rows);
  auto m = shard_manifest::read_from(parts[0]);
  m.rows.read -= 1;
  m.write(parts[0]);
  CHECK_THROWS_WITH(merge_shards(folder / "out.jsonl", parts), Catch::Contains("49 rows together and the input has 50"));
}

TEST_CASE("a manifest that is cut off or says impossible things is refused") {
  test::temporary_folder const folder;
  auto const path = divided(folder.path(), "out.jsonl", {1, 1}, some_rows(9, 9));
  auto const text = test::content(path);
  CHECK(shard_manifest::read_from(path).json() + "\n" == text);
  for (std::size_t length = 0; length + 2 < text.size(); ++length) {
    folder.file("cut.manifest", text.substr(0, length));
    CHECK_THROWS_AS(shard_manifest::read_from(folder / "cut.manifest"), error);
  }
  auto const with = [&](std::string const& from, std::string const& to) {
    auto changed = text;
    REQUIRE(changed.find(from) != changed.npos);
    changed.replace(changed.find(from), from.size(), to);
    folder.file("changed.manifest", changed);
    CHECK_THROWS_WITH(shard_manifest::read_from(folder / "changed.manifest"),
                      Catch::Contains("not the manifest of a shard"));
  };
  with("\"name\":\"out.jsonl\"", "\"name\":\"../out.jsonl\"");
  with("\"name\":\"out.jsonl\"", "\"name\":\"a\\u0000b\"");
  with("\"name\":\"out.jsonl\"", "\"name\":\"..\"");
  with("\"name\":\"out.jsonl\"", "\"name\":\"out.jsonl.failed.jsonl\"");
  with("\"shard\":1", "\"shard\":2");
  with("\"shard\":1", "\"shard\":0");
  with("\"of\":1", "\"of\":18446744073709551615");
  with("\"ease_shard\":2", "\"ease_shard\":1");
  CHECK_THROWS_WITH(
      shard_manifest::read_from(folder / "changed.manifest"),
      Catch::EndsWith("changed.manifest: not the manifest of a shard (made by an earlier version of ease, which "
                      "deals rows to shards in another way: run all shards with one)"));
  with("\"ease_shard\":2", "\"ease_shard\":3");
  with("\"positions\":[1,", "\"positions\":[1,1,");
  with("\"positions\":[1,", "\"positions\":[-1,");
}
