// SPDX-License-Identifier: Apache-2.0
#include <ease/io/formats/parquet_rows.hpp>
#include <ease/io/formats/row_source.hpp>
#include <ease/io/rows/read_records.hpp>
#include <ease/io/rows/reject_file.hpp>
#include <ease/io/rows/write_records.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"

namespace {

using namespace ease;
namespace fs = std::filesystem;

fs::path const fixtures{EASE_FIXTURES "/io/parquet"};

bool is_there() {
  if (can_use_parquet()) return true;
  WARN("skipped: Parquet is no part of this build");
  return false;
}

// The rows as JSON lines.
std::string text_of(fs::path const& path, std::size_t longest = std::size_t{64} << 20U) {
  row_source rows{path, "automatic", longest};
  std::string out;
  while (auto const row = rows.next()) {
    out.append(row->problem.empty() ? row->text : row->problem).append("\n");
  }
  return out;
}

// What reading the bytes comes to: the rows' text, or the error without the folder.
std::string outcome(test::temporary_folder const& folder, std::string const& bytes) {
  auto const path = folder.file("x.parquet", bytes);
  try {
    return text_of(path);
  } catch (error const& problem) {
    std::string said = problem.what();
    REQUIRE(said.starts_with(path.string() + ":"));
    REQUIRE(said.find('\n') == said.npos);
    REQUIRE(said.size() < 1000);
    return said.substr(folder.path().string().size() + 1);
  }
}

}  // namespace

TEST_CASE("Parquet files of pyarrow give the rows that pyarrow reads") {
  if (!is_there()) return;
  for (auto const* name : {"types", "nested"}) {
    INFO(name);
    CHECK(text_of(fixtures / (std::string{name} + ".parquet")) == test::content(fixtures / (std::string{name} + ".jsonl")));
  }
  std::size_t files = 0;
  for (auto const& one : fs::directory_iterator{fixtures / "codecs"}) {
    if (one.path().extension() != ".parquet") continue;
    INFO(one.path().filename());
    ++files;
    CHECK(text_of(one.path()) == test::content(fixtures / "codecs" / "rows.jsonl"));
  }
  CHECK(files == 12);  // six codecs, two versions of pages
}

TEST_CASE("Parquet is known by its bytes, and says how many row groups it has") {
  if (!is_there()) return;
  test::temporary_folder const folder;
  fs::copy_file(fixtures / "codecs/zstd_2.parquet", folder / "rows");
  auto const rows = read_records<prompt, other_keys>(folder / "rows");
  CHECK(rows.description() == "Parquet (2 row groups), ease schema");
  std::size_t count = 0;
  double last = 0;
  for ([[maybe_unused]] auto const& row : rows) {
    ++count;
    CHECK(rows.fraction_read() >= last);
    last = rows.fraction_read();
  }
  CHECK(count == 60);
  CHECK(last == 1);
}

TEST_CASE("bad rows of Parquet are told by their number and row group") {
  if (!is_there()) return;
  auto const path = fixtures / "bad_rows.parquet";
  auto const at = [&](std::string_view what) { return path.string() + ": " + std::string{what}; };
  std::vector<std::string> said;
  test::temporary_folder const folder;
  reject_file rejects{folder / "bad.jsonl"};
  auto rows = read_records<prompt, data_type>(path, {.bad_rows = on_bad_row::reject, .on_reject = [&](bad_row const& row) {
                                                       said.push_back(row.message());
                                                       rejects(row);
                                                     }});
  std::size_t given = 0;
  for ([[maybe_unused]] auto const& row : rows) ++given;
  rejects.close();
  CHECK(given == 3);
  REQUIRE(said.size() == 2);
  CHECK(said[0] == at("row 3 (row group 2): field \"prompt\": expected a string, found null"));
  CHECK(said[1].starts_with(at("row 5 (row group 3): field \"data_type\": ")));
  auto const file = test::content(folder / "bad.jsonl");
  CHECK(file.find(R"("line":3,"row_group":2,"field":"prompt",)") != file.npos);
  CHECK(file.find(R"({\"prompt\":null,\"data_type\":\"vanilla_benign\"})") != file.npos);
}

TEST_CASE("what is no whole Parquet file is an error that names it, never a crash") {
  if (!is_there()) return;
  test::temporary_folder const folder;
  CHECK(outcome(folder, "PAR1").find("cannot be read as Parquet") != std::string::npos);
  CHECK(outcome(folder, "PAR1....").find("cannot be read as Parquet") != std::string::npos);
  CHECK(outcome(folder, "PARE....") ==
        "x.parquet:1: not a file of rows: it is an encrypted Parquet file; write it without encryption first");
  for (auto const* name : {"types.parquet", "nested.parquet", "codecs/gzip_1.parquet", "codecs/zstd_2.parquet"}) {
    auto const whole = test::content(fixtures / name);
    auto const rows = outcome(folder, whole);
    for (std::size_t length = 4; length < whole.size(); length += 1 + whole.size() / 150)
      CHECK(outcome(folder, whole.substr(0, length)).find("cannot be read as Parquet") != std::string::npos);
    std::mt19937 random{7};
    std::size_t refused = 0;
    for (int i = 0; i < 300; ++i) {
      auto changed = whole;
      auto& byte = changed[4 + random() % (whole.size() - 4)];
      byte = static_cast<char>(byte ^ static_cast<char>(1U << random() % 8));
      refused += outcome(folder, changed) == rows ? 0U : 1U;
    }
    CHECK(refused > 100);  // the others changed names, statistics and the like; checksums of pages are looked at
  }
}

TEST_CASE("a format that is said and is not the file's is refused, and so is Parquet that cannot be read from its end") {
  if (!is_there()) return;
  test::temporary_folder const folder;
  auto const path = fixtures / "types.parquet";
  CHECK_THROWS_WITH((row_source{path, "jsonl", 100}),
                    Catch::Matchers::Contains("it is Parquet, and format=jsonl was said; leave that out"));
  auto const lines = folder.file("x.jsonl", "{\"prompt\":\"a\"}\n");
  CHECK_THROWS_WITH((row_source{lines, "parquet", 100}), Catch::Matchers::Contains("cannot be read as Parquet"));
  text_sink packed{folder / "x.parquet.gz"};
  packed.write(test::content(path));
  packed.commit();
  CHECK_THROWS_WITH((row_source{folder / "x.parquet.gz", "automatic", 100}),
                    Catch::Matchers::Contains("it is Parquet inside of gzip; unpack it first"));
}

TEST_CASE("a row of Parquet that is too long is a bad row, and the next ones are read") {
  if (!is_there()) return;
  test::temporary_folder const folder;
  {
    record_writer out{folder / "long.parquet"};
    for (auto const size : {10, 5000, 10})
      out.write_line(fmt::format(R"({{"prompt":"{}"}})", std::string(static_cast<std::size_t>(size), 'x')));
    out.close();
  }
  auto const said = text_of(folder / "long.parquet", 1000);
  CHECK(said == "{\"prompt\":\"xxxxxxxxxx\"}\n" + detail::too_long(1000) + "\n{\"prompt\":\"xxxxxxxxxx\"}\n");
}

TEST_CASE("rows much longer than the file's sizes say are read in little memory") {
  if (!is_there()) return;
  test::temporary_folder const folder;
  std::string const text(200'000, 'y');  // one entry of a dictionary, in each of the rows
  constexpr std::size_t count = 800;
  {
    record_writer out{folder / "same.parquet"};
    for (std::size_t i = 0; i < count; ++i) out.write_line(R"({"prompt":")" + text + "\"}");
    out.close();
  }
  row_source rows{folder / "same.parquet", "automatic", 1'000'000};  // of which 160 MB would be the whole
  std::size_t read = 0;
  while (auto const row = rows.next()) {
    REQUIRE(row->text.size() == text.size() + 13);
    ++read;
  }
  CHECK(read == count);
}
