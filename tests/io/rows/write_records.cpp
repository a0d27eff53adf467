// SPDX-License-Identifier: Apache-2.0
#include <ease/io/rows/read_records.hpp>
#include <ease/io/rows/write_records.hpp>
#include <limits>

#include "catch.hpp"
#include "io/temporary.hpp"

namespace {

using namespace ease;

struct weight : field<"weight", double> {};
struct note : field<"note", std::optional<std::string>> {};

auto row(std::string text, double number) {
  return make_record<prompt, target, judgement, categories, weight, note, other_keys>(
      std::move(text), complete_answer{reasoned{"trace", "answer"}}, verdict{unsafe{0.97, {"S1"}}},
      category_set{category::privacy}, number, std::nullopt, raw_members{{"k", "[1.50]"}});
}
using row_type = decltype(row("", 0));

}  // namespace

TEST_CASE("a record is one JSON object: its fields in order, then the other keys that are not overwritten") {
  CHECK(
      to_json(row("a\n", 0.1)) ==
      R"({"prompt":"a\n","completion":"<think>\ntrace\n</think>\n\nanswer","verdict":{"verdict":"unsafe","probability_unsafe":0.97,"hazards":["S1"]},"categories":["privacy"],"weight":0.1,"k":[1.50]})");
  CHECK(to_json(make_record<other_keys, prompt, note>(raw_members{{"prompt", "\"old\""}, {"z", "null"}}, "new", "n")) ==
        R"({"prompt":"new","note":"n","z":null})");
  CHECK_THROWS_WITH(to_json(make_record<weight>(std::numeric_limits<double>::quiet_NaN())),
                    "field \"weight\": cannot write nan as JSON: it is not a finite number");
}

TEST_CASE("what is written is read back, in every form") {
  test::temporary_folder const folder;
  std::string const name = GENERATE("a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a.json", "a.json.gz", "a.json.zst");
  std::vector<row_type> rows;
  for (int i = 0; i < 1000; ++i)
    rows.push_back(row(std::string(static_cast<std::size_t>(i * 7), 'x') + "\xC3\xA9\t\"", i / 3.0));
  record_writer out{folder / name, name.find("jsonl") == name.npos ? rows_as::json_array : rows_as::json_lines};
  for (auto const& one : rows) out(one);
  CHECK(out.rows() == rows.size());
  CHECK(!std::filesystem::exists(folder / name));
  out.close();
  std::vector<row_type> back;
  for (auto& one : record_reader<row_type>{folder / name}) back.push_back(one);
  CHECK(back == rows);
  CHECK(out.replaced() == 0);
}

TEST_CASE("the same rows give the same bytes, compressed too") {
  test::temporary_folder const folder;
  for (auto const* name : {"a.jsonl.gz", "b.jsonl.gz", "a.jsonl.zst", "b.jsonl.zst"}) {
    record_writer out{folder / name};
    for (int i = 0; i < 100; ++i) out(row("a", i));
    out.close();
  }
  CHECK(test::content(folder / "a.jsonl.gz") == test::content(folder / "b.jsonl.gz"));
  CHECK(test::content(folder / "a.jsonl.gz").starts_with("\x1f\x8b"));
  CHECK(test::content(folder / "a.jsonl.zst") == test::content(folder / "b.jsonl.zst"));
  CHECK(test::content(folder / "a.jsonl.zst").starts_with("\x28\xB5\x2F\xFD"));
}

TEST_CASE("a file without rows") {
  test::temporary_folder const folder;
  record_writer lines{folder / "a.jsonl"};
  lines.close();
  CHECK(test::content(folder / "a.jsonl").empty());
  record_writer array{folder / "a.json", rows_as::json_array};
  array.close();
  CHECK(test::content(folder / "a.json") == "[]\n");
}

TEST_CASE("bytes that are not UTF-8 become U+FFFD and are counted") {
  test::temporary_folder const folder;
  record_writer out{folder / "a.jsonl"};
  out(make_record<prompt, response>("a\xFF\xFE z\xC3", answer{direct{"b\xE2\x82"}}));
  out(make_record<prompt, response>("good \xC3\xA9", answer{direct{"b"}}));
  CHECK(out.replaced() == 3);
  out.close();
  CHECK(test::content(folder / "a.jsonl") ==
        "{\"prompt\":\"a\xEF\xBF\xBD z\xEF\xBF\xBD\",\"response\":\"b\xEF\xBF\xBD\"}\n"
        "{\"prompt\":\"good \xC3\xA9\",\"response\":\"b\"}\n");
}
