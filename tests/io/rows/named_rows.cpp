// SPDX-License-Identifier: Apache-2.0
#include <ease/core/error.hpp>
#include <ease/core/identity.hpp>
#include <ease/hub/hub_source.hpp>
#include <ease/hub/named_rows.hpp>
#include <ease/io/files/file_hash.hpp>
#include <ease/io/rows/row_files.hpp>
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
  CHECK(path_of_rows("dir/rows.jsonl") == "dir/rows.jsonl");
  CHECK(path_of_rows("a/b/c") == "a/b/c");
}

TEST_CASE("without a source a name is a path") {
  CHECK_THAT(refusal_of("org/name"), Contains("cannot read"));
  CHECK(rows_named("org/name").files.size() == 1);
}
