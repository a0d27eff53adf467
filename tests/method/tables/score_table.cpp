// SPDX-License-Identifier: Apache-2.0
// The table of an evaluation: rates by class, as JSON and back, and as text.
#include <ease/io/json/json_members.hpp>
#include <ease/method/tables/score_table.hpp>
#include <ease/method/tables/tables.hpp>
#include <string>

#include "catch.hpp"

using namespace ease;

namespace {

class_scores scores(std::string name, std::size_t rows, std::size_t refusals, std::size_t attacks) {
  class_scores s;
  s.name = std::move(name), s.rows = rows, s.refusals = refusals, s.attacks = attacks, s.thinking = rows / 2;
  return s;
}

}  // namespace

TEST_CASE("a harmful class has an attack success and a harmless one a compliance") {
  auto const table = score_table::of({scores("jailbreak", 10, 8, 2), scores("benign", 10, 1, 9)});
  REQUIRE(table.classes.size() == 2);
  auto const& harmful = table.classes[0].second;
  CHECK(harmful.refusal_rate == 0.8);
  CHECK(harmful.think_rate == 0.5);
  CHECK(harmful.attack_success.has_value());
  CHECK_FALSE(harmful.compliance.has_value());
  // Wilson's intervals of 8 and 2 of 10, as statsmodels has them: proportion_confint(8, 10, method="wilson").
  REQUIRE(harmful.refusal_rate_interval);
  CHECK(harmful.refusal_rate_interval->low == Approx(0.4901624715));
  CHECK(harmful.refusal_rate_interval->high == Approx(0.9433178485));
  REQUIRE(harmful.attack_success_interval);
  CHECK(harmful.attack_success_interval->high == Approx(1 - 0.4901624715));
  CHECK_FALSE(harmful.compliance_interval);
  CHECK(table.classes[1].second.compliance_interval.has_value());
}

TEST_CASE("a table of an earlier version, without intervals, is read") {
  auto const old =
      from_json_text<score_table>(R"({"jailbreak":{"rows":4,"think_rate":0.5,"refusal_rate":0.5,"attack_success":0.25,)"
                                  R"("tokens_per_answer":3,"unanswered":0,"truncated":0}})",
                                  "a table");
  CHECK(old.classes.at(0).second.rows == 4);
  CHECK_FALSE(old.classes.at(0).second.attack_success_interval);
  CHECK(before_after_table(old, old).find("50 % -> 50 %") != std::string::npos);
}

TEST_CASE("a table of scores is read back as it was written") {
  score_details const details{score_table::of({scores("jailbreak", 4, 2, 1)})};
  auto const text = to_json_text(details);
  CHECK(text.find(R"({"scores":{"jailbreak":{"rows":4,)") == 0);
  CHECK(to_json_text(from_json_text<score_details>(text, "a table")) == text);
}

TEST_CASE("tables for people name each class once") {
  evaluation const before{scores("jailbreak", 10, 2, 8)}, after{scores("jailbreak", 10, 9, 1)};
  CHECK(scores_table(before).find("jailbreak") != std::string::npos);
  auto const both = before_after_table(score_table::of(before), score_table::of(after));
  CHECK(both.find("20 % -> 90 % (60-98)") != std::string::npos);
  // Below the rates: what they are by.
  for (auto const& table : {both, scores_table(before, "org/guard")}) {
    CHECK(table.find("judged by stock phrases of refusals, no model\n") != std::string::npos);
    CHECK(table.find("by guard") == std::string::npos);
  }
  auto guarded = before;
  guarded.front().guarded_attacks = 3;
  CHECK(scores_table(guarded, "org/guard").find("by guard: judged by org/guard\n") != std::string::npos);
  CHECK(before_after_table(score_table::of(guarded), score_table::of(guarded), "org/guard").find("org/guard") !=
        std::string::npos);
}
