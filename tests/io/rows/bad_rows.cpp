// SPDX-License-Identifier: Apache-2.0
// Each kind of bad input, with the message it prints; and nothing is lost when rows are rejected.
#include <ease/io/rows/read_records.hpp>
#include <ease/io/rows/reject_file.hpp>

#include "catch.hpp"
#include "io/bad_reading.hpp"

using namespace test;

TEST_CASE("a row that is too long is skipped without being kept in memory") {
  std::string const long_row = "{\"prompt\":\"" + std::string(3'000'000, 'x') + "\",\"data_type\":\"vanilla_benign\"}";
  read_options const options{.max_row_bytes = 1000};
  auto const said = std::string{"the row is longer than 1000 bytes; is a quote, a bracket or a line end missing?"};
  auto const lines = read("x.jsonl", good_line + long_row + "\n" + good_line, options);
  CHECK(lines.thrown == "x.jsonl:2: " + said);
  CHECK(lines.counts.given == 2);
  auto const last = read("x.jsonl", good_line + long_row, options);
  CHECK(last.thrown == "x.jsonl:2: " + said);
  CHECK(last.counts.read == 2);
  auto const array = read("x.json", "[" + good_line + ",\n" + long_row + ",\n" + good_line + "]", options);
  CHECK(array.thrown == "x.json:3: " + said);
  CHECK(array.counts.given == 2);
  auto const cells = read(
      "x.tsv", "prompt\tdata_type\na\tvanilla_benign\n" + std::string(3'000'000, 'x') + "\tb\na\tvanilla_benign\n", options);
  CHECK(cells.thrown == "x.tsv:3: " + said);
  CHECK(cells.counts.given == 2);
}

TEST_CASE("what is not a file of rows is refused as such") {
  CHECK(read("x.jsonl", "").thrown == "x.jsonl: the file is empty");
  CHECK(read("x.jsonl", " \n\n").thrown == "x.jsonl: the file is empty");
  CHECK(read("x.csv", "").thrown == "x.csv: the file is empty");
  CHECK(read("x.jsonl", "", {.allow_empty = true}).thrown == "nothing");
  CHECK(read("x.json", "[]").thrown == "nothing");
  CHECK(read("x.tsv", "prompt\tdata_type\n").thrown == "nothing");
  CHECK(read("x.json", "<!DOCTYPE html>").thrown ==
        "x.json:1: not a file of rows: it is an HTML or XML page; was it downloaded without access?");
  CHECK(read("x.jsonl", "version https://git-lfs.github.com/spec/v1\n").thrown ==
        "x.jsonl:1: not a file of rows: it is a Git LFS pointer; fetch the file itself (git lfs pull)");
  CHECK(read("x.parquet", "PAR1....").thrown.find(can_use_parquet() ? "cannot be read as Parquet" : "script/bootstrap") !=
        std::string::npos);
  CHECK(read("x.tsv", "\xFF\xFEp").thrown == "x.tsv:1: not a file of rows: it is UTF-16; save it as UTF-8");
  CHECK(read("x", "hello\n").thrown ==
        "x:1: cannot tell the format; name the file .jsonl, .json, .tsv or .csv, or say the format, as x?format=jsonl");
  CHECK(read("x.gz", "\x1f\x8b\x08").thrown == "x.gz: the gzip file is cut off");
  CHECK(read("x.gz", "\x1f\x8bgarbage").thrown == "x.gz: the gzip data is broken");
  CHECK(read("x.zst", "\x28\xB5\x2F\xFD").thrown == "x.zst: the zstd file is cut off");
  CHECK(read("x.zst", "\x28\xB5\x2F\xFDgarbage").thrown == "x.zst: the zstd data is broken");
  // A frame without its size, whose window is 128 MB and in the second 2 GB.
  CHECK(read("x.zst", "\x28\xB5\x2F\xFD\x04\x88").thrown.find("zstd -d --long=31") != std::string::npos);
  test::temporary_folder const folder;
  CHECK_THROWS_WITH(read_records<prompt>(folder / "none.jsonl"),
                    (folder / "none.jsonl").string() + ": cannot read: No such file or directory");
  CHECK_THROWS_WITH(read_records<prompt>(folder.path()),
                    folder.path().string() + ": cannot read: it is a folder, name a file in it");
}

TEST_CASE("rejected rows go to a file as they stood") {
  test::temporary_folder const folder;
  auto const path =
      folder.file("x.jsonl", "{\"prompt\":5,\"k\":\"\\n\"}\nnope\n{\"prompt\":\"a\"}\n{\"prompt\":\"\xFF\"}\n" +
                                 std::string(200, 'x') + "\n");
  reject_file rejects{folder / "rejects.jsonl"};
  auto rows =
      read_records<prompt>(path, {.bad_rows = on_bad_row::reject, .on_reject = std::ref(rejects), .max_row_bytes = 100});
  for ([[maybe_unused]] auto const& row : rows) {
  }
  CHECK(rejects.rows() == 4);
  CHECK(rows.counts().rejected == 4);
  rejects.close();

  struct file : field<"file", std::string> {};
  struct line : field<"line", std::size_t> {};
  struct field_name : field<"field", std::optional<std::string>> {};
  struct reason : field<"reason", std::string> {};
  struct raw : field<"raw", std::optional<std::string>> {};
  using optional_text = std::optional<std::string>;
  std::vector<record<file, line, field_name, reason, raw>> out;
  for (auto& row : read_records<file, line, field_name, reason, raw>(folder / "rejects.jsonl")) out.push_back(row);
  REQUIRE(out.size() == 4);
  CHECK(out[0] == make_record<file, line, field_name, reason, raw>(path.string(), std::size_t{1}, "prompt",
                                                                   "expected a string, found a number",
                                                                   "{\"prompt\":5,\"k\":\"\\n\"}"));
  CHECK(get<raw>(out[1]) == optional_text{"nope"});
  CHECK(get<field_name>(out[1]) == optional_text{});
  CHECK(get<raw>(out[2]) == optional_text{"{\"prompt\":\"\xEF\xBF\xBD\"}"});
  CHECK(get<line>(out[3]) == 5);
  CHECK(get<raw>(out[3]) == optional_text{});
}
