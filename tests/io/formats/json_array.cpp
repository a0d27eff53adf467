// SPDX-License-Identifier: Apache-2.0
// A JSON array of rows: what is said of a bad one, and when the rows cannot be told apart.
#include <ease/io/rows/read_records.hpp>

#include "catch.hpp"
#include "io/bad_reading.hpp"

using namespace test;

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
