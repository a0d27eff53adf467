// SPDX-License-Identifier: Apache-2.0
// Values that other writers of JSON put into rows, files that others save, and cells as they stand. Public reports of the kinds:
//   NaN and Infinity       jless issue 51 and ijson issue 139 (json.dumps writes them), jsonlite issue 281, correctionlib issue 247,
//                          timelapse-colorizer issue 329 (a NaN that became another value on the way)
//   CSV with semicolons    ai-inspector issue 15, asreview issue 302, terminusdb issue 144, steinbock issue 28
//   UTF-16                 unstructured issue 4443: Excel's "Unicode Text"
//   JSON lines or array    datasets issues 1784 and 6460
#include <ease/io/rows/read_records.hpp>
#include <ease/io/rows/write_records.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "io/bad_reading.hpp"

using namespace test;

namespace {
struct weight : field<"weight", std::optional<double>> {};
struct count : field<"count", std::int64_t> {};
bool says(std::string const& text, std::string_view what) { return text.find(what) != text.npos; }
}  // namespace

TEST_CASE("NaN and numbers of any size in a member that nobody reads travel as they stand") {
  temporary_folder const folder;
  for (std::string const value :
       {"NaN", "Infinity", "-Infinity", "1e400", "-1E-999",
        "1234567890123456789012345678901234567890123456789012345678901234", "[NaN,{\"a\":-Infinity},1e400]",
        "{\"b\":[NaN],\"c\":NaN}", "0.10000000000000000000000000000000000001"}) {
    INFO(value);
    auto const line = "{\"prompt\":\"a\",\"score\":" + value + ",\"z\":true}";
    auto const path = folder.file("a.jsonl", line + "\n" + line + "\n");
    std::size_t rows = 0;
    for (auto const& row : read_records<prompt, other_keys>(path)) {
      CHECK(to_json(row) == line);
      ++rows;
    }
    CHECK(rows == 2);
    for ([[maybe_unused]] auto const& row : read_records<prompt>(path)) ++rows;
    CHECK(rows == 4);
    auto const array = folder.file("a.json", "[" + line + ",\n" + line + "]");
    for ([[maybe_unused]] auto const& row : read_records<prompt>(array)) ++rows;
    CHECK(rows == 6);
  }
}

TEST_CASE("in a member that is read they are errors that name line and field") {
  CHECK(complaint(R"({"prompt":NaN,"data_type":"vanilla_benign"})") ==
        "x.jsonl:2: field \"prompt\": expected a string, found NaN");
  CHECK(says(complaint(R"({"prompt":"a","data_type":-Infinity})"), "x.jsonl:2: field \"data_type\""));
  CHECK(says(complaint(R"({"prompt":"a","data_type":-Infinity})"), "-Infinity"));
  temporary_folder const folder;
  auto const of = [&](std::string const& value) {
    try {
      for ([[maybe_unused]] auto const& row : read_records<weight>(folder.file("w.jsonl", "{\"weight\":" + value + "}\n"))) {
      }
    } catch (error const& problem) {
      return std::string{problem.what()};
    }
    return std::string{"nothing"};
  };
  CHECK(says(of("NaN"), "w.jsonl:1: field \"weight\": expected a number, found NaN"));
  CHECK(says(of("1e400"), "w.jsonl:1: field \"weight\""));
  CHECK(says(of("1e400"), "float64"));
  CHECK(of("1e300") == "nothing");
  CHECK(of("null") == "nothing");
}

TEST_CASE("what is nearly JSON is refused with the true reason") {
  CHECK(says(complaint(R"({"prompt":"a","data_type":"vanilla_benign",})"), "a comma stands before }"));
  CHECK(says(complaint(R"({"prompt":"a","data_type":"vanilla_benign","t":[1,2,]})"), "a comma stands before ]"));
  CHECK(says(complaint(R"({"prompt":"a","data_type":"vanilla_benign"},)"), "a comma stands behind the row"));
  CHECK(says(complaint(R"({'prompt':'a','data_type':'vanilla_benign'})"), "single quotes"));
  CHECK(says(complaint(R"({"prompt":"a" /* why */,"data_type":"vanilla_benign"})"), "a comment"));
  CHECK(
      says(complaint(R"({"prompt":"a","data_type":"vanilla_benign","x":None})"), "a word that is not true, false or null"));
  CHECK(says(complaint(R"({"prompt":"a","data_type":"vanilla_benign","x":01})"), "number"));
  CHECK(says(complaint(R"({"prompt":"a","data_type":"vanilla_benign","x":nan})"), "not valid JSON"));
  CHECK(read("x.jsonl", "[" + good_line + "," + good_line + "]").counts.given == 2);  // an array, whatever its name
  CHECK(read("x.json", good_line + good_line).counts.given == 2);
}

TEST_CASE("files of other formats are named") {
  using namespace std::string_view_literals;
  for (auto const& [bytes, name] : {std::pair{"\xFF\xFEp\0"sv, "UTF-16"},
                                    {"\xFE\xFF\0p"sv, "UTF-16"},
                                    {"{\0\"\0p\0"sv, "UTF-16"},
                                    {"\0{\0\"\0p"sv, "UTF-16"},
                                    {"\xFF\xFE\0\0"sv, "UTF-32"},
                                    {"PARE..."sv, "encrypted Parquet"},
                                    {"PK\x03\x04..[Content_Types].xml"sv, "Excel"},
                                    {"PK\x03\x04...."sv, "zip"},
                                    {"\xD0\xCF\x11\xE0..."sv, "Excel"},
                                    {"ARROW1\0\0"sv, "Arrow"},
                                    {"BZh91AY&SY"sv, "bzip2"},
                                    {"\x80\x04\x95"sv, "pickle"},
                                    {"SQLite format 3\0"sv, "SQLite"}}) {
    INFO(name);
    for (auto const* file : {"x.jsonl", "x.csv", "x"}) {
      auto const said = read(file, bytes).thrown;
      CHECK(says(said, "not a file of rows"));
      CHECK(says(said, name));
    }
  }
}

TEST_CASE("cells are what they are, and columns without a name have a number") {
  temporary_folder const folder;
  auto const of = [&](std::string_view name, std::string_view bytes) {
    std::vector<std::string> out;
    for (auto const& row : read_records<prompt, other_keys>(folder.file(name, bytes))) out.push_back(to_json(row));
    return out;
  };
  using lines = std::vector<std::string>;
  CHECK(of("a.csv", "prompt,x\nNA,null\nNaN,\n\"None\",nan\n#N/A,1e5\n") ==
        lines{R"({"prompt":"NA","x":"null"})", R"({"prompt":"NaN","x":""})", R"({"prompt":"None","x":"nan"})",
              R"({"prompt":"#N/A","x":"1e5"})"});
  CHECK(of("a.csv", ",prompt\n0,a\n1,b\n") == lines{R"({"prompt":"a","column_1":"0"})", R"({"prompt":"b","column_1":"1"})"});
  CHECK(of("a.csv", "Unnamed: 0,prompt\n0,a\n") == lines{R"({"prompt":"a","Unnamed: 0":"0"})"});
  CHECK(of("a.csv", "prompt;note\n\"a;b\";c\nd,e;f\n") ==
        lines{R"({"prompt":"a;b","note":"c"})", R"({"prompt":"d,e","note":"f"})"});
  CHECK(of("a.tsv", "prompt\tnote\nHow do I fold a 6\" boat?\t\"a\r\nb\"\n") ==
        lines{R"({"prompt":"How do I fold a 6\" boat?","note":"a\r\nb"})"});
  std::string guess;
  auto const path = folder.file("s.csv", "prompt;note\na;b\n");
  auto rows = read_records<prompt>(path, {.on_guess = [&](std::string const& said) { guess = said; }});
  CHECK(says(rows.description(), "semicolons"));
  CHECK(says(guess, "semicolons"));
}
