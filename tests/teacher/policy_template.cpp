// SPDX-License-Identifier: Apache-2.0
// The teacher without a model: reasoning out of the policies of a row.
#include <ease/method/cot.hpp>
#include <ease/stage/run.hpp>
#include <ease/teacher/policy_template.hpp>
#include <variant>
#include <vector>

#include "catch.hpp"
#include "method/obedient.hpp"

using namespace test;

// What must not compile.
static_assert(teacher<policy_template>);
static_assert(!std::constructible_from<policy_template, scripted_generator&>);  // it asks no model

TEST_CASE("the policy template reasons from every category of a row") {
  auto const rows = std::vector{
      make_record<prompt, categories, response>("x", category_set{category::privacy, category::illicit},
                                                answer{direct{"Sure"}}),
      make_record<prompt, categories, response>("y", category_set{category::benign}, answer{direct{"Own answer."}}),
      make_record<prompt, categories, response>("z", category_set{category::benign}, answer{truncated{"Own"}})};
  auto pipeline = from(rows) | cot(policy_template{}, keep_answer);
  std::vector<complete_answer> targets;
  for (auto const& row : pipeline) targets.push_back(get<target>(row));
  REQUIRE(targets.size() == 2);
  auto const harmful = std::get<reasoned>(targets[0]);
  CHECK(harmful.reasoning.find(policy_of(category::privacy).concern) != std::string::npos);
  CHECK(harmful.reasoning.find(policy_of(category::illicit).concern) != std::string::npos);
  CHECK(is_refusal(harmful.text));
  CHECK(std::get<reasoned>(targets[1]).text == "Own answer.");
  CHECK(pipeline.report().stages[0].rejected.at("truncated") == 1);
  for (auto c : all_categories)
    if (c != category::benign) CHECK(is_refusal(policy_of(c).refusal));
}
