// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <ease/core/error.hpp>
#include <ease/core/identity.hpp>
#include <ease/hub/hub_source.hpp>
#include <ease/hub/named_rows.hpp>
#include <ease/io/files/file_hash.hpp>
#include <ease/io/rows/row_files.hpp>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"

using namespace ease;
using Catch::Contains;

namespace {

// A source of rows for one test.
struct source {
  explicit source(std::function<hub_rows(hub_name const&)> rows)
      : before{std::exchange(hub_source::of_process(), hub_source{.model = {}, .rows = std::move(rows)})} {}
  source(source const&) = delete;
  source& operator=(source const&) = delete;
  ~source() { hub_source::of_process() = before; }
  hub_source before;
};

std::vector<std::string> prompts_of(std::string const& name, read_options options = {}) {
  std::vector<std::string> out;
  for (auto const& row : read_records<prompt>(name, std::move(options))) out.push_back(get<prompt>(row));
  return out;
}
std::string refusal_of(std::string const& name) {
  try {
    return "read " + std::to_string(prompts_of(name).size());
  } catch (error const& e) {
    return e.what();
  }
}

}  // namespace

TEST_CASE("the files that a data set's name stands for are read as one in their order") {
  test::temporary_folder const at;
  at.file("a.jsonl", "{\"prompt\":\"1\"}\n{\"prompt\":\"2\"}\n");
  at.file("b.jsonl", "");
  at.file("c.csv", "prompt,x\n3,y\n");
  std::size_t asked = 0;
  source const set{[&](hub_name const& name) {
    ++asked;
    if (name.name == "none") throw hub_refused{true, "{}: there is no such data set", name.text()};
    if (name.name == "empty") return hub_rows{"org/empty@abc:a/b", {at / "b.jsonl", at / "b.jsonl"}};
    if (name.split == "one") return hub_rows{"org/name@abc:a/one", {at / "a.jsonl"}};
    return hub_rows{"org/name@abc:a/b", {at / "a.jsonl", at / "b.jsonl", at / "c.csv"}};
  }};
  CHECK(prompts_of("org/name") == std::vector<std::string>{"1", "2", "3"});
  CHECK(asked == 1);
  auto const rows = read_records<prompt>("org/name:a/b");
  CHECK_THAT(rows.description(), Contains("org/name@abc:a/b (a.jsonl, b.jsonl, c.csv)") && Contains("JSON lines"));
  for ([[maybe_unused]] auto const& row : rows) CHECK(rows.fraction_read() > 0);
  CHECK(rows.counts().given == 3);
  CHECK(rows.fraction_read() == 1);

  // A row that cannot be read names its own file, and the others are read on.
  at.file("a.jsonl", "{\"prompt\":\"1\"}\n{\"prompt\":2}\n");
  CHECK_THAT(refusal_of("org/name"), Contains((at / "a.jsonl").string() + ":2"));
  std::vector<bad_row> bad;
  CHECK(prompts_of("org/name", {.bad_rows = on_bad_row::reject, .on_reject = [&](bad_row const& row) {
                                  bad.push_back(row);
                                }}) == std::vector<std::string>{"1", "3"});
  CHECK(bad.size() == 1);

  CHECK_THAT(refusal_of("org/empty"), Contains("its files are empty"));
  CHECK(prompts_of("org/empty", {.allow_empty = true}).empty());
  CHECK_THAT(refusal_of("org/none"), Contains("no such data set") && Contains("no file of that name"));
  asked = 0;
  CHECK_THAT(refusal_of("org/name.jsonl"), Contains("cannot read"));
  CHECK_THAT(refusal_of("./org/name"), Contains("cannot read"));
  CHECK(asked == 0);
}

TEST_CASE("what is wrong with a row of the hub names the repository, the commit, the file and the line") {
  test::temporary_folder const at;
  at.file("a.jsonl", "{\"prompt\":\"1\"}\n{\"prompt\":2}\n");
  at.file("b.json", R"({"rows":[{"prompt":"1"}],"meta":3})");
  at.file("c.jsonl", "");
  at.file("d.csv", "prompt\n\"open");
  source const set{[&](hub_name const& name) {
    auto const file = name.split + (name.split == "b" ? ".json" : name.split == "d" ? ".csv" : ".jsonl");
    return hub_rows{"org/name@abc:a/" + name.split, {at / file}, {"org/name@abc: data/" + file}};
  }};
  CHECK_THAT(refusal_of("org/name:x/a"), Catch::StartsWith("org/name@abc: data/a.jsonl:2: "));
  CHECK_THAT(refusal_of("org/name:x/c"), Catch::StartsWith("org/name@abc: data/c.jsonl: "));
  CHECK_THAT(refusal_of("org/name:x/d"), Catch::StartsWith("org/name@abc: data/d.csv:2: "));
  std::vector<bad_row> bad;
  (void)prompts_of("org/name:x/a",
                   {.bad_rows = on_bad_row::reject, .on_reject = [&](bad_row const& row) { bad.push_back(row); }});
  REQUIRE(bad.size() == 1);
  CHECK(bad.front().file == "org/name@abc: data/a.jsonl");
  std::string guessed;
  (void)prompts_of("org/name:x/b", {.on_guess = [&](std::string const& what) { guessed = what; }});
  CHECK_THAT(guessed,
             Catch::StartsWith("org/name@abc: data/b.json: ") && Contains("NAME?rows=KEY") && !Contains(at.path().string()));
}

TEST_CASE("a text that is no path and no name is one line with the right form, and asks nobody") {
  std::size_t asked = 0;
  source const set{[&](hub_name const& name) {
    ++asked;
    return hub_rows{name.text(), {}};
  }};
  for (std::string const text : {"imdb", "a/b/c", "org/name@", "org/name:", "https://huggingface.co/datasets/org/name",
                                 "https://huggingface.co/datasets/org/name/blob/main/a.jsonl", "hf://org/name", "org/"}) {
    INFO(text);
    CHECK_THAT(refusal_of(text), Catch::StartsWith(text + ": "));
    CHECK_THAT(refusal_of(text), Contains("org/name") || Contains("ORG/NAME"));
  }
  CHECK(asked == 0);
}

TEST_CASE("a path is told of where it may have been meant as a name, once, and a misspelt one is not asked for") {
  test::temporary_folder const at;
  std::size_t asked = 0;
  std::vector<std::string> told;
  source const set{[&](hub_name const& name) {
    ++asked;
    throw hub_refused{true, "{}: none", name.text()};
    return hub_rows{};
  }};
  hub_source::of_process().say = [&](std::string const& line) { told.push_back(line); };
  auto const back = std::filesystem::current_path();
  std::filesystem::create_directories(at / "own");
  std::filesystem::create_directories(at / "cache/datasets--own--rows");
  ::setenv("HF_HUB_CACHE", (at / "cache").c_str(), 1);
  at.file("own/rows", "{\"prompt\":\"1\"}\n");
  at.file("own/rows.jsonl", "{\"prompt\":\"1\"}\n");
  std::filesystem::current_path(at.path());
  at.file("own/others", "{\"prompt\":\"1\"}\n");  // the cache has none that is called so
  for (auto const* const name : {"own/rows", "own/rows", "./own/rows", "own/rows.jsonl", "own/others"})
    CHECK(prompts_of(name).size() == 1);
  auto const misspelt = refusal_of("own/row");
  auto const address = refusal_of("hf://datasets/own/row");
  std::filesystem::current_path(back);
  ::unsetenv("HF_HUB_CACHE");
  REQUIRE(told.size() == 1);
  CHECK_THAT(told.front(), Contains("./own/rows"));
  CHECK_THAT(misspelt, Contains("own/") && Contains("hf://datasets/own/row"));
  CHECK_THAT(address, Contains("none"));
  CHECK(asked == 1);
}

TEST_CASE("rows of the hub are known by their bytes as files are") {
  test::temporary_folder const at;
  at.file("a.jsonl", "{\"prompt\":\"1\"}\n");
  at.file("b.jsonl", "{\"prompt\":\"2\"}\n");
  source const set{[&](hub_name const& name) {
    return name.split == "one" ? hub_rows{"one", {at / "a.jsonl"}} : hub_rows{"both", {at / "a.jsonl", at / "b.jsonl"}};
  }};
  CHECK(content_of_rows("org/name:a/one") == file_hash(at / "a.jsonl"));
  auto const id_of = [](std::string const& file) {
    identity id;
    row_files<prompt>{{file}}.identify(id);
    return id.text();
  };
  CHECK(id_of("org/name:a/one") == id_of((at / "a.jsonl").string()));
  auto const both = content_of_rows("org/name:a/both");
  CHECK(both != content_of_rows("org/name:a/one"));
  at.file("b.jsonl", "{\"prompt\":\"3\"}\n");
  CHECK(content_of_rows("org/name:a/both") != both);
  CHECK(path_of_rows("org/name@v1:a/both") == "org--name--a--both");
  CHECK(path_of_rows("hf://datasets/org/name@v1/data/*.jsonl") == "org--name--data--_.jsonl");
  CHECK(path_of_rows("dir/rows.jsonl") == "dir/rows.jsonl");
  CHECK(path_of_rows("a/b/c") == "a/b/c");
}

TEST_CASE("without a source a name is a path") {
  CHECK_THAT(refusal_of("org/name"), Contains("cannot read"));
  CHECK(rows_named("org/name").files.size() == 1);
}
