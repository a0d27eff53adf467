// SPDX-License-Identifier: Apache-2.0
// Bad rows of several files: each file's have a file of their own, where it is said or beside a name that is given.
#include <ease/io/rows/row_files.hpp>

#include "catch.hpp"
#include "io/temporary.hpp"

using namespace ease;

namespace {

std::size_t lines_of(std::filesystem::path const& path) {
  auto const text = test::content(path);
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("bad rows that are left out stand in a file for each file that has some") {
  test::temporary_folder const folder;
  auto const good = folder.file("good.jsonl", R"({"prompt":"a"})"
                                              "\n");
  auto const bad = folder.file("bad.jsonl",
                               "{\"prompt\":1}\n"
                               "{\"prompt\":\"b\"}\n"
                               "{\"prompt\":2}\n");
  auto const named = (folder / "named.jsonl").string();
  std::string const reject = "?on_bad_row=reject";
  row_files_options const options{.bad_rows = (folder / "kept" / "rows").string()};
  row_files<prompt> rows{{good.string() + reject, bad.string() + reject, bad.string() + reject + "&bad_rows=" + named},
                         options};
  for (int pass = 0; pass < 2; ++pass) {
    std::string found;
    for (auto const& row : rows) found += get<prompt>(row);
    CHECK(found == "abb");
    CHECK(rows.counts().rejected == 4);
    CHECK_FALSE(std::filesystem::exists(folder / "kept" / "rows-1.bad.jsonl"));
    CHECK(lines_of(folder / "kept" / "rows-2.bad.jsonl") == 2);
    CHECK(lines_of(named) == 2);
  }
  // Where nobody asks for them they are counted alone, and a file that stops at a bad row leaves none.
  std::filesystem::remove_all(folder / "kept");
  row_files<prompt> counted{{bad.string() + reject}};
  for (auto const& row : counted) (void)row;
  CHECK(counted.counts().rejected == 2);
  row_files<prompt> stops{{bad.string()}, options};
  CHECK_THROWS_AS(stops.begin(), error);
  CHECK_FALSE(std::filesystem::exists(folder / "kept"));
}
