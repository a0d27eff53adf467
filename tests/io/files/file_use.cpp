// SPDX-License-Identifier: Apache-2.0
// What a user has is not written over: outputs that are inputs, one output twice, files that are there.
#include <ease/core/error.hpp>
#include <ease/io/files/file_use.hpp>
#include <filesystem>
#include <string>

#include "catch.hpp"
#include "io/temporary.hpp"

namespace {
using namespace ease;

std::string problem(file_use const& use) {
  try {
    use.check();
    use.look();
  } catch (error const& e) {
    return e.what();
  }
  return "none";
}
bool says(file_use const& use, std::string const& words) { return problem(use).find(words) != std::string::npos; }

}  // namespace

TEST_CASE("an output that is an input is refused under any of its names") {
  test::temporary_folder const folder;
  auto const rows = folder.file("rows.jsonl", "{}\n").string();
  auto const link = (folder / "link.jsonl").string();
  std::filesystem::create_symlink(rows, link);
  CHECK(says({.reads = {rows}, .writes = {rows}, .overwrite = true}, "would write over it"));
  CHECK(says({.reads = {rows}, .writes = {(folder.path() / "." / "rows.jsonl").string()}, .overwrite = true},
             "would write over it"));
  CHECK(says({.reads = {rows}, .writes = {link}, .overwrite = true}, "would write over it"));
  CHECK(problem({.reads = {rows}, .writes = {(folder / "other.jsonl").string()}}) == "none");
}

TEST_CASE("outputs are files of their own and are not replaced unasked") {
  test::temporary_folder const folder;
  auto const there = folder.file("there.jsonl", "{}\n").string();
  auto const fresh = (folder / "fresh.jsonl").string();
  CHECK(says({.writes = {fresh, fresh}}, "named twice"));
  CHECK(says({.writes = {there}}, "--overwrite replaces it"));
  CHECK(problem({.writes = {there}, .overwrite = true}) == "none");
  CHECK(says({.writes = {fresh}, .goes_on = {fresh}}, "a log or journal"));
  CHECK(says({.writes = {"-"}}, "no file's name"));
  CHECK(problem({.writes = {"/dev/null", "/dev/null"}}) == "none");
}

TEST_CASE("a model replaces a folder that nothing is read from") {
  test::temporary_folder const folder;
  std::filesystem::create_directory(folder / "model");
  auto const config = folder.file("model/config.json", "{}").string();
  auto const out = (folder / "model").string();
  CHECK(says({.reads = {config}, .model_out = out, .overwrite = true}, "would replace the folder it is in"));
  CHECK(says({.model_out = out}, "there is a model already"));
  CHECK(problem({.model_out = out, .overwrite = true}) == "none");
}

TEST_CASE("an output where no file can be is said before the work") {
  test::temporary_folder const folder;
  auto const file = folder.file("file", "x").string();
  CHECK(says({.writes = {file + "/out.jsonl"}}, "is not a folder"));
  CHECK(says({.writes = {folder.path().string()}}, "this is a folder"));
}

TEST_CASE("a file where a folder is to be is told as what it is") {
  test::temporary_folder const folder;
  auto const file = folder.file("file", "x").string();
  std::filesystem::create_symlink("file", folder / "link");
  std::filesystem::create_directory(folder / "there");
  for (auto const& out : {file, (folder / "link").string(), file + "/"})
    CHECK(says({.model_out = out, .overwrite = true}, out + ": this is a file"));
  CHECK(says({.model_out = file + "/a/b"}, file + " is a file"));
  CHECK(problem({.model_out = (folder / "there").string()}) == "none");
  CHECK(problem({.model_out = (folder / "new/model").string()}) == "none");
  CHECK_THROWS_WITH(check_folder_place(file, "--out"), Catch::Contains("--out " + file + ": this is a file"));
  CHECK_NOTHROW(check_folder_place("", "--out"));
}

TEST_CASE("streams are known and the nearest folder above a path") {
  test::temporary_folder const folder;
  CHECK(is_stream("/dev/stdout"));
  CHECK_FALSE(is_stream(folder.path() / "none.jsonl"));
  CHECK(ground_of(folder.path() / "a" / "b") == folder.path());
}

TEST_CASE("what a training writes as it goes lies neither in the model's folder nor in that of its base") {
  test::temporary_folder const folder;
  auto const at = [&](char const* name) { return (folder / name).string(); };
  std::filesystem::create_directory(folder / "base");
  folder.file("base/config.json", "{}");
  std::filesystem::create_directory_symlink("real", folder / "link");
  std::filesystem::create_directory(folder / "real");
  auto const with = [&](char const* option, std::string const& path, std::string const& out) {
    return file_use{.reads = {at("base")}, .model_out = out, .kept_apart = {{option, path}}, .overwrite = true};
  };
  for (auto const* inside : {"out", "out/", "out/runs", "out/a/b"}) {
    CHECK(says(with("--checkpoints", at(inside), at("out")), "--checkpoints " + at(inside) + ": this lies in " + at("out")));
    CHECK(says(with("--checkpoints", at(inside), at("out")), "name a place outside it with --checkpoints"));
  }
  CHECK(says(with("--tensorboard", at("real/runs"), at("link")), "--tensorboard"));
  CHECK(says(with("--tensorboard", at("link/runs"), at("real")), "--tensorboard"));
  CHECK(says(with("--checkpoints", at("base"), at("out")), "the folder of the model that is read"));
  CHECK(says(with("--tensorboard", at("base/runs"), at("out")), "the folder of the model that is read"));
  for (auto const* beside : {"out.training", "runs", "based", "outer/x"})
    CHECK(problem(with("--checkpoints", at(beside), at("out"))) == "none");
  CHECK(problem(with("--checkpoints", "", at("out"))) == "none");
  // Any output in the folder of a model that is read: under its name, behind a link, and where a model is to stand.
  for (auto const* inside : {"base/x.jsonl", "base/sub/x.jsonl", "./base/x.jsonl"}) {
    CHECK(says({.reads = {at("base")}, .writes = {at(inside)}}, at(inside) + ": this lies in the folder of the model"));
    CHECK(says({.reads = {at("base")}, .bad_rows = {at(inside)}}, "the model that is read (" + at("base")));
    CHECK(says({.reads = {at("base")}, .goes_on = {at(inside)}}, "the model that is read"));
    CHECK(says({.reads = {at("base")}, .model_out = at(inside)}, "the model that is read"));
  }
  CHECK(says({.reads = {at("real")}, .writes = {at("link/x.jsonl")}}, "the model that is read"));
  CHECK(problem({.reads = {at("base")}, .writes = {at("base.jsonl"), "/dev/stdout"}, .model_out = at("based")}) == "none");
  CHECK(problem({.reads = {at("base/config.json")}, .writes = {at("base/x.jsonl")}}) == "none");
  // Other outputs and logs likewise.
  CHECK(says({.goes_on = {at("out/log.jsonl")}, .model_out = at("out")}, "replaces as a whole"));
  CHECK(says({.bad_rows = {at("out/bad.jsonl")}, .model_out = at("out")}, "replaces as a whole"));
  CHECK(says({.own = {at("run/model")}, .kept_apart = {{"finetune.tensorboard", at("run/model/x")}}}, "writes itself"));
}
