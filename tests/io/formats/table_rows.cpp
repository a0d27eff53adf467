// SPDX-License-Identifier: Apache-2.0
// TSV and CSV: cells that are values, and what is said of bad rows.
#include <ease/io/rows/read_records.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "io/bad_reading.hpp"

using namespace test;

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
      "holds it, as FILE?columns=prompt=COLUMN");
  CHECK(read("x.csv", "a,a\n1,2\n").thrown == "x.csv:1: two columns are named \"a\"");
}

namespace {
struct count : field<"count", std::int64_t> {};
struct note : field<"note", std::optional<std::string>> {};
struct weight : field<"weight", std::optional<double>> {};
}  // namespace

TEST_CASE("in a table an empty cell is an empty string, and a number's cell is a number") {
  test::temporary_folder const folder;
  std::vector<record<prompt, count, note, weight, categories>> rows;
  for (auto& row : read_records<prompt, count, note, weight, categories>(folder.file(
           "a.tsv", "prompt\tcount\tnote\tweight\tcategories\n\t7\t\t\tprivacy, illicit\nNA\t-1\tnull\t0.5\t\n")))
    rows.push_back(std::move(row));
  CHECK(rows == std::vector{make_record<prompt, count, note, weight, categories>(
                                "", 7, "", std::nullopt, category_set{category::privacy, category::illicit}),
                            make_record<prompt, count, note, weight, categories>("NA", -1, "null", 0.5, category_set{})});
}
