// SPDX-License-Identifier: Apache-2.0
#include <ease/guard/missing_verdicts.hpp>
#include <ease/method/evaluate.hpp>
#include <ease/run/files/partial_report.hpp>
#include <ease/run/files/step_report.hpp>
#include <optional>
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

TEST_CASE("an evaluation without verdicts is told and does not end well") {
  ease::missing_verdicts const some{.asked = 4, .unread = 1}, none{.asked = 4, .unread = 4},
      failed{.asked = 4, .unread = 1, .first_failure = "no server"};
  CHECK(some.text().empty());
  CHECK(ease::missing_verdicts{}.text().empty());
  CHECK_THAT(none.text(), Contains("none of 4"));
  CHECK_THAT(failed.text(), Contains("1 of 4") && Contains("no server"));
  ease::evaluation scores{{.name = "benign", .rows = 3, .guarded_attacks = 0, .unparsed = 2, .unanswered = 1}};
  CHECK_THAT(ease::missing_verdicts_of(scores).text(), Contains("none of 2"));
  scores.push_back({.name = "jailbreak", .rows = 1, .guarded_attacks = 0});
  CHECK(ease::missing_verdicts_of(scores).text().empty());
  scores[0].guarded_attacks = scores[1].guarded_attacks = std::nullopt;
  CHECK(ease::missing_verdicts_of(scores).asked == 0);

  ease::step_report report{"evaluate"};
  report.rows.read = report.rows.written = 3;
  CHECK_FALSE(report.troubled());
  report.missing_verdicts = none.text();
  CHECK(report.troubled());
  CHECK_FALSE(report.may_be_retried());
  CHECK_THAT(report.trouble(), Catch::StartsWith("evaluate: none of 4"));
}

TEST_CASE("merged shards of an evaluation lack verdicts if all of them do") {
  auto const shard = [](std::size_t unparsed) {
    ease::step_report one{"evaluate"};
    one.scores.push_back({.name = "jailbreak", .rows = 2, .guarded_attacks = 0, .unparsed = unparsed});
    one.first_rows.push_back(0);
    return ease::partial_report::of(one);
  };
  for (std::size_t const second : {1, 2}) {
    auto both = shard(2);
    both += shard(second);
    ease::step_report whole{"evaluate"};
    both.report_to(whole);
    CHECK(whole.troubled() == (second == 2));
  }
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
