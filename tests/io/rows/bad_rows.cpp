// SPDX-License-Identifier: Apache-2.0
// Each kind of bad input, with the message it prints; and nothing is lost when rows are rejected.
#include <ease/io/rows/read_records.hpp>
#include <ease/io/rows/reject_file.hpp>

#include "catch.hpp"
#include "io/temporary.hpp"

namespace {

using namespace ease;

struct outcome_of_reading {
  std::string thrown{"nothing"};  // without the folder
  std::vector<std::string> rejected{};
  read_counts counts{};
};

// Reads with `stop`, then with `reject`.
outcome_of_reading read(std::string_view name, std::string_view bytes, read_options options = {}) {
  test::temporary_folder const folder;
  auto const path = folder.file(name, bytes);
  auto const shorten = [&](std::string text) {
    for (auto at = text.find(folder.path().string()); at != text.npos; at = text.find(folder.path().string()))
      text.erase(at, folder.path().string().size() + 1);
    return text;
  };
  outcome_of_reading out;
  try {
    for ([[maybe_unused]] auto const& row : read_records<prompt, data_type, other_keys>(path, options)) {
    }
  } catch (error const& problem) {
    out.thrown = shorten(problem.what());
  }
  try {
    options.bad_rows = on_bad_row::reject;
    options.on_reject = [&](bad_row const& row) { out.rejected.push_back(shorten(row.message())); };
    auto rows = read_records<prompt, data_type, other_keys>(path, options);
    for ([[maybe_unused]] auto const& row : rows) {
    }
    out.counts = rows.counts();
    CHECK(out.counts.read == out.counts.given + out.counts.rejected);
    CHECK(out.counts.rejected == out.rejected.size());
  } catch (error const&) {  // the file as a whole
  }
  CHECK(out.thrown.find('\n') == out.thrown.npos);
  return out;
}

// A good row before and after the bad one, which is line 2.
std::string complaint(std::string_view row) {
  std::string const good = "{\"prompt\":\"a\",\"data_type\":\"vanilla_benign\"}\n";
  auto const out = read("x.jsonl", good + std::string{row} + "\n" + good);
  CHECK(out.rejected == std::vector{out.thrown});
  CHECK(out.counts.given == 2);
  return out.thrown;
}

std::string const good_line = "{\"prompt\":\"a\",\"data_type\":\"vanilla_benign\"}\n";

}  // namespace

TEST_CASE("a bad row of JSON lines names its file, line and field") {
  CHECK(complaint(R"({"prompt":5,"data_type":"vanilla_benign"})") ==
        "x.jsonl:2: field \"prompt\": expected a string, found a number");
  CHECK(complaint(R"({"data_type":"vanilla_benign","text":"a"})") ==
        "x.jsonl:2: field \"prompt\": missing: the row has no \"prompt\", it has \"data_type\", \"text\"; name the column "
        "that "
        "holds it, as FIELD=COLUMN");
  CHECK(complaint("{}") ==
        "x.jsonl:2: field \"prompt\": missing: the row has no \"prompt\", it has nothing; name the column that holds it, as "
        "FIELD=COLUMN");
  CHECK(complaint(R"({"prompt":"a","prompt":"b","data_type":"vanilla_benign"})") ==
        "x.jsonl:2: field \"prompt\": the key stands twice in the row");
  CHECK(complaint(R"({"prompt":"a","k":1,"data_type":"vanilla_benign","k":2})") ==
        "x.jsonl:2: field \"k\": the key stands twice in the row");
  CHECK(complaint("{\"data_type\":\"vanilla_benign\",\"prompt\":\"a\xC3\"}") ==
        "x.jsonl:2: field \"prompt\": not valid UTF-8: byte 0xc3 at byte 42 of the row");
  CHECK(complaint("{\"prompt\":\"\xC3\xA9\",\"data_type\":\"vanilla_benign\",\"k\":[\"\xFF\"]}") ==
        "x.jsonl:2: field \"k\": not valid UTF-8: byte 0xff at byte 51 of the row");
  CHECK(complaint("{\"prompt\":\"a\tb\",\"data_type\":\"vanilla_benign\"}") ==
        "x.jsonl:2: not valid JSON: a control character in a string is not escaped");
  CHECK(complaint(R"({"prompt":"\q","data_type":"vanilla_benign"})") ==
        "x.jsonl:2: field \"prompt\": not valid JSON: a bad escape in a string");
  CHECK(complaint(R"({"prompt":"a" "data_type":"vanilla_benign"})") ==
        "x.jsonl:2: field \"prompt\": not valid JSON: a comma, colon, quote or bracket is missing or misplaced");
  CHECK(complaint(R"({"prompt":"a","data_type":"vanilla_benign"} {})") ==
        "x.jsonl:2: not valid JSON: there is text after the row's object");
  CHECK(complaint(R"({"prompt":"a","data_type":"vanilla_benign","k":nul})") ==
        "x.jsonl:2: field \"k\": not valid JSON: a malformed word or number");
  CHECK(complaint(R"({"prompt":"a)") == "x.jsonl:2: not valid JSON: a string is never closed");
  CHECK(complaint(R"(["a"])") == "x.jsonl:2: expected an object, found an array");
  CHECK(complaint("null") == "x.jsonl:2: expected an object, found a word");
  CHECK(complaint("prompt") == "x.jsonl:2: not valid JSON: a comma, colon, quote or bracket is missing or misplaced");
  CHECK(complaint("{") ==
        "x.jsonl:2: not valid JSON: a row of JSON lines stands on one line; put rows over several lines into an array");
}

TEST_CASE("a last line that is cut off is told apart from a broken one") {
  auto const out = read("x.jsonl", good_line + R"({"prompt":"a","data_)");
  CHECK(out.thrown == "x.jsonl:2: the last line is cut off: the file ends inside its JSON");
  CHECK(out.rejected == std::vector{out.thrown});
  CHECK(read("x.jsonl", good_line + R"({"prompt":"a","data_type":"vanilla_benign","k":{"a":1})").thrown ==
        "x.jsonl:2: field \"k\": the last line is cut off: the file ends inside its JSON");
  CHECK(read("x.jsonl", good_line + R"({"prompt":5})").thrown ==
        "x.jsonl:2: field \"prompt\": expected a string, found a number");
}

TEST_CASE("a row that is too long is skipped without being kept in memory") {
  std::string const long_row = "{\"prompt\":\"" + std::string(3'000'000, 'x') + "\",\"data_type\":\"vanilla_benign\"}";
  read_options const options{.max_row_bytes = 1000};
  auto const said = std::string{"the row is longer than 1000 bytes; raise max_row_bytes if that is right"};
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

TEST_CASE("a bad row of an array is named by the line it starts on") {
  std::string const good = "{\n \"prompt\":\"a\",\n \"data_type\":\"vanilla_benign\"\n}";
  auto const out = read("x.json", "[\n" + good + ",\n{\"prompt\":\n5},\n7,\n" + good + "\n]");
  CHECK(out.thrown == "x.json:6: field \"prompt\": expected a string, found a number");
  CHECK(out.rejected.at(1) == "x.json:8: expected an object, found a number");
  CHECK(out.counts.given == 2);
  CHECK(out.counts.read == 4);

  auto const cut = read("x.json", "[\n" + good + ",\n{\"prompt\":");
  CHECK(cut.thrown == "x.json:6: the file is cut off: its array is never closed");
  CHECK(cut.counts.given == 1);
  CHECK(cut.counts.rejected == 1);
  CHECK(read("x.json", "[" + good).thrown == "x.json:4: the file is cut off: its array is never closed");
}

TEST_CASE("where an array's rows cannot be told apart, the file is refused even when bad rows are rejected") {
  std::string const good = "{\"prompt\":\"a\",\"data_type\":\"vanilla_benign\"}";
  CHECK(read("x.json", "[" + good + "\n" + good + "]").thrown ==
        "x.json:2: expected a comma or ] between the array's elements");
  CHECK(read("x.json", "[" + good + ",\n]").thrown == "x.json:2: a comma without an element");
  CHECK(read("x.json", "[" + good + "]\nmore").thrown == "x.json:2: there is text after the array's closing bracket");
  CHECK(read("x.json", "[{\"prompt\":[}]").thrown == "x.json:1: brackets do not match in the element that starts on line 1");
  CHECK(read("x.json", good, {.format = "json"}).thrown ==
        "x.json:1: the file is not a JSON array: it does not start with [");
}

TEST_CASE("a bad row of a table is named by the line it starts on, quoted newlines counted") {
  auto const out = read(
      "x.tsv",
      "prompt\tdata_type\n\"a\nb\"\tvanilla_benign\none cell\na\tno kind\na\xFF\tvanilla_benign\n\"a\"b\tvanilla_benign\n"
      "c\tvanilla_benign\n\"never");
  CHECK(out.thrown == "x.tsv:4: expected 2 cells, found 1");
  REQUIRE(out.rejected.size() == 5);
  CHECK(out.rejected[1] ==
        "x.tsv:5: field \"data_type\": unknown kind of prompt \"no kind\": expected vanilla_harmful, vanilla_benign, "
        "adversarial_harmful or adversarial_benign");
  CHECK(out.rejected[2] == "x.tsv:6: not valid UTF-8: byte 0xff at byte 2 of the row");
  CHECK(out.rejected[3] == "x.tsv:7: cell 1: there is text after the closing quote");
  CHECK(out.rejected[4] == "x.tsv:9: cell 1: the quote is never closed");
  CHECK(out.counts.given == 2);

  CHECK(
      read("x.csv", "text,data_type\na,vanilla_benign\n").thrown ==
      "x.csv:2: field \"prompt\": missing: the row has no \"prompt\", it has \"text\", \"data_type\"; name the column that "
      "holds it, as FIELD=COLUMN");
  CHECK(read("x.csv", "a,a\n1,2\n").thrown == "x.csv:1: two columns are named \"a\"");
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
  CHECK(read("x.parquet", "PAR1....").thrown ==
        "x.parquet:1: not a file of rows: it is a Parquet file; export it as JSON lines first");
  CHECK(read("x.tsv", "\xFF\xFEp").thrown == "x.tsv:1: not a file of rows: it is UTF-16; save it as UTF-8");
  CHECK(read("x", "hello\n").thrown ==
        "x:1: cannot tell the format; name the file .jsonl, .json, .tsv or .csv, or state its format");
  CHECK(read("x.gz", "\x1f\x8b\x08").thrown == "x.gz: the gzip file is cut off");
  CHECK(read("x.gz", "\x1f\x8bgarbage").thrown == "x.gz: the gzip data is broken");
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
