// SPDX-License-Identifier: Apache-2.0
// JSON lines: what is said of a bad row.
#include <ease/io/rows/read_records.hpp>

#include "catch.hpp"
#include "io/bad_reading.hpp"

using namespace test;

TEST_CASE("a bad row of JSON lines names its file, line and field") {
  CHECK(complaint(R"({"prompt":5,"data_type":"vanilla_benign"})") ==
        "x.jsonl:2: field \"prompt\": expected a string, found a number");
  CHECK(complaint(R"({"data_type":"vanilla_benign","text":"a"})") ==
        "x.jsonl:2: field \"prompt\": missing: the row has no \"prompt\", it has \"data_type\", \"text\"; name the column "
        "that "
        "holds it, as FILE?columns=prompt=COLUMN");
  CHECK(complaint("{}") ==
        "x.jsonl:2: field \"prompt\": missing: the row has no \"prompt\", it has nothing; name the column that holds it, as "
        "FILE?columns=prompt=COLUMN");
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
        "x.jsonl:2: field \"k\": not valid JSON: a word that is not true, false or null");
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
