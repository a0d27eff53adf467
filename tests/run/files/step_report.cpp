// SPDX-License-Identifier: Apache-2.0
#include <ease/run/files/step_report.hpp>
#include <string>

#include "catch.hpp"

using Catch::Contains;

TEST_CASE("a report names the models of its command, of an adapter its base too") {
  ease::step_report report{"generate"};
  CHECK_THAT(report.json("{}"), !Contains("models"));
  report.models = {{.model = "a?base=b", .name = "a on b", .base = "b", .adapters = {"a"}},
                   {.model = "openai:m@http://x/v1"}};
  CHECK_THAT(report.json("{}"),
             Catch::EndsWith(R"("models":[{"model":"a?base=b","name":"a on b","base":"b","commit":"","adapters":["a"]},)"
                             R"({"model":"openai:m@http://x/v1","name":"","base":"","commit":"","adapters":[]}]})"));
}

TEST_CASE("a stage that is called as its step is not named twice in a line") {
  CHECK(ease::without_name("generate: 3 rows in, none out", "generate") == "3 rows in, none out");
  CHECK(ease::without_name("diagnose: x", "calibrate/vulnerable/2-diagnose") == "x");
  CHECK(ease::without_name("draw: x", "generate") == "draw: x");
  CHECK(ease::without_name("", "generate").empty());
  ease::step_report report{"generate"};
  report.rows.read = 3;
  report.rows.stages = {{.stage = "generate", .in = 3, .note = "something to know"}};
  report.rows.stages[0].rejected["too_long"] = 3;
  CHECK(report.notes() == "something to know");
  auto const said = report.trouble();
  CHECK_THAT(said, Catch::StartsWith("generate: none of 3 rows is left: ") && Contains("too_long"));
  CHECK_THAT(said, !Contains("generate: generate:") && !Contains("left: generate:"));
}
