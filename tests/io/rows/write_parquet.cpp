// SPDX-License-Identifier: Apache-2.0
#include <ease/io/formats/row_source.hpp>
#include <ease/io/rows/read_records.hpp>
#include <ease/io/rows/write_records.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"

namespace {

using namespace ease;

bool is_there() {
  if (can_use_parquet()) return true;
  WARN("skipped: Parquet is no part of this build");
  return false;
}

struct written {
  std::vector<std::string> rows;
  std::string note;
};

// What the rows are when they were written as Parquet and read.
written there_and_back(std::vector<std::string> const& rows) {
  test::temporary_folder const folder;
  record_writer out{folder / "x.parquet"};
  for (auto const& row : rows) out.write_line(row);
  CHECK(!std::filesystem::exists(folder / "x.parquet"));
  out.close();
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 1);
  written back{{}, out.note()};
  row_source source{folder / "x.parquet", "automatic", std::size_t{64} << 20U};
  while (auto const row = source.next()) back.rows.emplace_back(row->text);
  return back;
}

}  // namespace

TEST_CASE("rows written as Parquet come back") {
  if (!is_there()) return;
  std::vector<std::string> const rows{
      R"({"prompt":"a \"b\"\n","n":1,"x":0.5,"ok":true,"tags":["a","b"],"none":null,"messages":[{"role":"user","content":"c"}]})",
      R"({"prompt":"","n":-9223372036854775808,"x":2.0,"ok":null,"tags":[],"none":null,"messages":[]})",
      R"({"prompt":"é 😀","n":null,"x":null,"ok":false,"tags":null,"none":null,"messages":null})"};
  auto const back = there_and_back(rows);
  CHECK(back.rows == rows);
  CHECK(back.note.empty());
}

TEST_CASE("members that some rows lack are null there, in the order in which members came") {
  if (!is_there()) return;
  CHECK(there_and_back({R"({"a":1})", R"({"b":{"c":"x"},"a":2})", R"({"b":{"d":[1]}})"}).rows ==
        std::vector<std::string>{R"({"a":1,"b":null})", R"({"a":2,"b":{"c":"x","d":null}})",
                                 R"({"a":null,"b":{"c":null,"d":[1]}})"});
  CHECK(there_and_back({}).rows.empty());
  CHECK(there_and_back({"{}", R"({"a":1})"}).rows == std::vector<std::string>{R"({"a":null})", R"({"a":1})"});
  test::temporary_folder const folder;
  record_writer out{folder / "x.parquet"};
  out.write_line("{}");
  CHECK_THROWS_WITH(out.close(), Catch::Matchers::Contains("empty objects"));
}

TEST_CASE("numbers have one type a column") {
  if (!is_there()) return;
  CHECK(there_and_back({R"({"n":1})", R"({"n":2.5})", R"({"n":1e3})"}).rows ==
        std::vector<std::string>{R"({"n":1.0})", R"({"n":2.5})", R"({"n":1000.0})"});
  CHECK(there_and_back({R"({"n":18446744073709551615})", R"({"n":0})"}).rows ==
        std::vector<std::string>{R"({"n":18446744073709551615})", R"({"n":0})"});
}

TEST_CASE("columns that no type holds are written as JSON text, and that is said") {
  if (!is_there()) return;
  using lines = std::vector<std::string>;
  auto back = there_and_back({R"({"x":1})", R"({"x":"a"})", R"({"x":[1, {"y":null}]})"});
  CHECK(back.rows == lines{R"({"x":"1"})", R"({"x":"\"a\""})", R"({"x":"[1, {\"y\":null}]"})"});
  CHECK(back.note == "x.parquet: the column \"x\" holds texts and numbers and lists, and stands as JSON text");
  back = there_and_back({R"({"m":{"n":9007199254740993}})", R"({"m":{"n":0.5}})"});
  CHECK(back.rows == lines{R"({"m":{"n":"9007199254740993"}})", R"({"m":{"n":"0.5"}})"});
  CHECK(back.note == "x.parquet: the column \"m.n\" holds numbers that no one type holds, and stands as JSON text");
  back = there_and_back({R"({"x":100000000000000000000000})", R"({"x":1e999})", R"({"x":NaN})"});
  CHECK(back.rows == lines{R"({"x":"100000000000000000000000"})", R"({"x":"1e999"})", R"({"x":"NaN"})"});
  back = there_and_back({R"({"x":{}})", R"({"x":null})"});
  CHECK(back.rows == lines{R"({"x":"{}"})", R"({"x":null})"});
  back = there_and_back({R"({"x":{"a":1,"a":2}})"});
  CHECK(back.rows == lines{R"({"x":"{\"a\":1,\"a\":2}"})"});
  std::string wide = "{\"x\":{", deep;
  for (int i = 0; i < 3000; ++i) wide += fmt::format("{}\"k{}\":1", i == 0 ? "" : ",", i);
  CHECK(there_and_back({wide + "}}"}).note.find("more than 2000 keys") != std::string::npos);
  for (int i = 0; i < 100; ++i) deep += '[';
  CHECK(there_and_back({"{\"x\":" + deep + std::string(100, ']') + "}"}).note.find("too deep") != std::string::npos);
}

TEST_CASE("a Parquet file that is not finished leaves nothing, and what was there stays") {
  if (!is_there()) return;
  test::temporary_folder const folder;
  folder.file("x.parquet", "old");
  {
    record_writer out{folder / "x.parquet"};
    out.write_line(R"({"a":1})");
  }
  CHECK(test::content(folder / "x.parquet") == "old");
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 1);
  CHECK_THROWS_WITH(record_writer{folder / "none" / "x.parquet"}, Catch::Matchers::Contains("there is no folder"));
  record_writer twice{folder / "y.parquet"};
  CHECK_THROWS_WITH(twice.write_line(R"({"a":1,"a":2})"), Catch::Matchers::Contains("a key twice"));
}

TEST_CASE("many rows written as Parquet come back, and the same rows give the same bytes") {
  if (!is_there()) return;
  test::temporary_folder const folder;
  for (auto const* name : {"a.parquet", "b.parquet"}) {
    record_writer out{folder / name};
    for (int i = 0; i < 20'000; ++i)
      out.write_line(
          fmt::format(R"({{"prompt":"{} {}","n":{}}})", std::string(static_cast<std::size_t>(i % 97), 'p'), i, i));
    CHECK(out.rows() == 20'000);
    out.close();
  }
  CHECK(test::content(folder / "a.parquet") == test::content(folder / "b.parquet"));
  int i = 0;
  for (auto const& row : read_records<prompt>(folder / "a.parquet")) {
    REQUIRE(get<prompt>(row) == fmt::format("{} {}", std::string(static_cast<std::size_t>(i % 97), 'p'), i));
    ++i;
  }
  CHECK(i == 20'000);
}
