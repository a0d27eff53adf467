// SPDX-License-Identifier: Apache-2.0
// Files that are one JSON object: rows under a key, by id, or columns. Their kinds are those of public reports:
//   rows under a key       datasets PR 372 (field='data', a list of objects or an object of lists), DataProfiler issue 105
//   rows by id             cleanlab-studio PR 73: an id -> row mapping, of which no row was read and nothing said
//   an array, columns      medAlpaca issue 46, tablib issue 271 (an object whose rows stand under "value" beside a link)
#include <ease/io/formats/row_spec.hpp>
#include <ease/io/rows/read_records.hpp>
#include <ease/io/rows/row_files.hpp>
#include <ease/io/rows/write_records.hpp>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "io/bad_reading.hpp"

using namespace test;

namespace {

std::vector<std::string> rows_of(std::string_view name, std::string_view bytes, read_options options = {}) {
  temporary_folder const folder;
  std::vector<std::string> out;
  for (auto const& row : read_records<prompt, other_keys>(folder.file(name, bytes), std::move(options)))
    out.push_back(to_json(row));
  return out;
}
std::string error_of(std::string_view name, std::string_view bytes, read_options options = {}) {
  temporary_folder const folder;
  try {
    for ([[maybe_unused]] auto const& row : read_records<prompt, other_keys>(folder.file(name, bytes), std::move(options))) {
    }
  } catch (error const& problem) {
    return problem.what();
  }
  return "nothing";
}
bool says(std::string const& text, std::string_view what) { return text.find(what) != text.npos; }

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("rows under the only key that holds them are read and the key is named") {
  lines const two{R"({"prompt":"a"})", R"({"prompt":"b"})"};
  for (auto const* text :
       {R"({"version": "1.0", "data": [{"prompt": "a"}, {"prompt": "b"}]})",
        "{\n  \"data\": [\n    {\n      \"prompt\": \"a\"\n    },\n    {\"prompt\": \"b\"}\n  ],\n  \"n\": 2}\n",
        R"({"schema": {"fields": [{"name": "prompt"}], "x": ["a"]}, "data": [{"prompt":"a"},{"prompt":"b"}]})",
        R"({"@odata.context": "http://x/y#z", "value": [{"prompt": "a"}, {"prompt": "b"}]})",
        "\xEF\xBB\xBF{\"info\": {}, \"rows\": [{\"prompt\":\"a\"},{\"prompt\":\"b\"}], \"tags\": [\"t]\"], \"s\": \"]\"}"}) {
    INFO(text);
    CHECK(rows_of("x.json", text) == two);
    CHECK(rows_of("x.jsonl", text) == two);
    CHECK(rows_of("x.json", text, {.format = "json"}) == two);
  }
  std::string guess;
  read_options options{.on_guess = [&](std::string const& said) { guess = said; }};
  CHECK(rows_of("x.json", R"({"version": 1, "data": [{"prompt": "a"}, {"prompt": "b"}]})", options) == two);
  for (auto const* name : {"\"data\"", "not used: \"version\"", "?rows=KEY"}) CHECK(says(guess, name));
  CHECK(rows_of("x.json", R"({"data": []})").empty());
  CHECK(rows_of("x.json", R"({"n": 5, "data": [{"prompt": "a"}, {"prompt": "b"}], "n": 6})", {.rows_at = "data"}) == two);
}

TEST_CASE("several keys that may hold rows are refused by name until one is said") {
  std::string const text = R"({"train": [{"prompt": "a"}], "test": [{"prompt": "b"}], "n": 1})";
  auto const said = error_of("x.json", text);
  for (auto const* name : {"\"train\"", "\"test\"", "?rows=train"}) CHECK(says(said, name));
  CHECK(rows_of("x.json", text, {.rows_at = "test"}) == lines{R"({"prompt":"b"})"});
  CHECK(says(error_of("x.json", text, {.rows_at = "dev"}), "\"train\", \"test\", \"n\""));
  CHECK(says(error_of("x.json", text, {.rows_at = "n"}), "rows=n"));
  CHECK(says(error_of("x.jsonl", good_line + good_line, {.rows_at = "data"}), "rows=data"));
  CHECK(says(error_of("x.csv", "prompt\na\n", {.rows_at = "data"}), "rows=data"));
}

TEST_CASE("rows by their ids keep the ids") {
  CHECK(rows_of("x.json", R"({"q1": {"prompt": "a"}, "q2": {"prompt": "b", "id": 7}, "q3": {"prompt":"c"}})") ==
        lines{R"({"prompt":"a","id":"q1"})", R"({"prompt":"b","id_in_file":"q2","id":7})", R"({"prompt":"c","id":"q3"})"});
  CHECK(rows_of("x.json", "{\"0\": {\"prompt\": \"a\"},\n \"1\": {\"prompt\": \"b\"}}") ==
        lines{R"({"prompt":"a","id":"0"})", R"({"prompt":"b","id":"1"})"});
  CHECK(rows_of("x.json", R"({"v": 1, "data": {"q\"1": {"prompt": "a"}}})", {.rows_at = "data"}) ==
        lines{R"({"prompt":"a","id":"q\"1"})"});
  CHECK(says(error_of("x.json", R"({"q1": {"prompt": "a"}, "q2": {}})"), "x.json:1: field \"prompt\": missing"));
}

TEST_CASE("columns in place of rows are refused with the true reason") {
  for (auto const* text : {R"({"prompt": ["a", "b"], "completion": ["c", "d"]})",
                           R"({"prompt": {"0": "a", "1": "b"}, "completion": {"0": "c", "1": "d"}})",
                           R"({"columns": ["prompt"], "index": [0], "data": [["a"]]})",
                           R"({"messages": [[{"role": "user", "content": "a"}]]})"}) {
    INFO(text);
    auto const said = error_of("x.json", text);
    CHECK(says(said, "columns"));
    CHECK(says(said, "lines=True"));
    CHECK_FALSE(says(said, "not valid JSON"));
  }
}

TEST_CASE("a row that holds arrays or objects stays a row") {
  for (auto const* text :
       {R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})",
        R"({"tools":[{"name":"t"}],"messages":[{"content":"a","role":"user"}]})", R"({"prompt":"a","scores":[{"s":1}]})",
        R"({"prompt":"a","meta":{"k":{"v":1}}})", R"({"conversations":[{"from":"human","value":"a"}]})"}) {
    INFO(text);
    CHECK(rows_of("x.json", text).size() == 1);
    CHECK(rows_of("x.json", std::string{text} + "\n" + text).size() == 2);
  }
}

TEST_CASE("broken objects are refused where they break") {
  CHECK(says(error_of("x.json", R"({"data": [{"prompt": "a"}, ]})"), "a comma without an element"));
  CHECK(says(error_of("x.json", R"({"data": [{"prompt": "a"})"), "x.json:1: "));
  CHECK(says(error_of("x.json", R"({"a": {"prompt": "a"} "b": {"prompt": "b"}})"), "expected a comma or }"));
  CHECK(says(error_of("x.json", "{\"a\": {\"prompt\": \"a\"}, 'b': {\"prompt\": \"b\"}}"), "x.json:1: "));
}

TEST_CASE("a file of rows brings its options behind a question mark") {
  temporary_folder const folder;
  auto const csv = folder.file("a.csv", "Goal,Kind\nx,1\ny,2\nz,3\n").string();
  auto const spec = row_spec::parse(csv + "?columns=prompt=Goal&max-rows=2&format=csv");
  CHECK(spec.file == csv);
  CHECK(spec.columns == "prompt=Goal");
  CHECK(spec.max_rows == 2U);
  CHECK(row_spec::parse(spec.text()).text() == spec.text());
  CHECK(row_spec::parse("a.csv?columns=prompt=A%26B").columns == "prompt=A&B");
  CHECK(row_spec::parse("a.csv?columns=prompt=A%26B").text() == "a.csv?columns=prompt=A%26B");
  std::vector<std::string> read;
  row_files<prompt> rows{{csv + "?columns=prompt=Goal&max_rows=2", csv + "?columns=prompt=Kind"}};
  for (auto const& row : rows) read.push_back(get<prompt>(row));
  CHECK(read == lines{"x", "y", "1", "2", "3"});
  auto const odd = folder.file("b?rows=1.jsonl", good_line).string();
  CHECK(row_spec::parse(odd).file == odd);  // a file that is called so
  CHECK(row_spec::parse("what?.jsonl").file == "what?.jsonl");
  auto const wrong = [&](std::string const& text) {
    try {
      (void)reading_as(row_spec::parse(text));
    } catch (usage_error const& problem) {
      return std::string{problem.what()};
    }
    return std::string{"nothing"};
  };
  CHECK(says(wrong("a.csv?colums=prompt=Goal"), "did you mean columns?"));
  CHECK(says(wrong("a.csv?max_rows=0"), "a.csv: max_rows=0"));
  CHECK(says(wrong("a.csv?max_rows=two"), "max_rows=two"));
  CHECK(says(wrong("a.csv?rows="), "rows"));
  CHECK(says(wrong("a.csv?format=xls"), "a.csv: "));
  CHECK(says(wrong("a.csv?schema=star"), "a.csv: "));
  CHECK(says(wrong("a.csv?on_bad_row=skip"), "a.csv: "));
  CHECK(says(wrong("a.csv?columns=prompt"), "a.csv: "));
  CHECK(says(wrong("a.csv?format=csv&format=tsv"), "twice"));
}

TEST_CASE("a column map that names no field or no column is an error that says what was meant") {
  auto const of = [](std::string_view name, std::string_view bytes, std::string_view columns) {
    return error_of(name, bytes, {.columns = column_map::parse(columns)});
  };
  CHECK(says(of("x.csv", "Goal\na\n", "promt=Goal"), "did you mean prompt?"));
  CHECK(says(of("x.csv", "Goal\na\n", "prompt=Gaol"), "did you mean Goal?"));
  CHECK(says(of("x.csv", "prompt,Kind\na,b\n", "class=Knd"), "did you mean Kind?"));  // a field that nobody has to have
  CHECK(says(of("x.jsonl", "{\"prompt\":\"a\",\"Kind\":\"b\"}\n", "class=Knd"), "\"Knd\""));
  CHECK(of("x.jsonl", "{\"prompt\":\"a\"}\n{\"prompt\":\"b\",\"Kind\":\"c\"}\n", "class=Kind") == "nothing");
}
