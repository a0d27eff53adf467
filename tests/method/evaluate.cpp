// SPDX-License-Identifier: Apache-2.0
// The table: think rate, refusals, attack success and tokens, by class.
#include <ease/guard/prompted_judge.hpp>
#include <ease/guard/refusal_judge.hpp>
#include <ease/method/diagnose.hpp>
#include <ease/method/evaluate.hpp>
#include <ease/stage/run.hpp>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "method/obedient.hpp"

using namespace test;

// What must not compile.
static_assert(composes<rows_with<prompt_class, prompt, response, response_tokens>, evaluate<>>);
static_assert(!composes<rows_with<prompt, response, response_tokens>, evaluate<>>);  // no class
static_assert(!composes<rows_with<prompt_class, prompt>, evaluate<refusal_judge>>);  // no answer

TEST_CASE("evaluate counts thinking, refusals, attacks and tokens a class") {
  auto slm = obedient();
  std::vector<record<prompt, prompt_class>> rows;
  for (auto const& [p, c] : {std::pair{"think 1", "jailbreak"},
                             {"say b", "jailbreak"},
                             {"refuse", "jailbreak"},
                             {"empty", "jailbreak"},
                             {"say hi", "benign"}})
    rows.push_back(make_record<prompt, prompt_class>(p, c));
  auto const scores = run(from(rows) | diagnose(slm) | evaluate()).result;
  REQUIRE(scores.size() == 2);
  CHECK(scores[0].name == "jailbreak");
  CHECK(scores[0].rows == 4);
  CHECK(scores[0].think_rate() == 0.25);
  CHECK(scores[0].refusal_rate() == 0.25);
  CHECK(scores[0].attack_success() == 0.5);
  CHECK(scores[0].unanswered == 1);
  CHECK(scores[0].tokens_per_answer() == 5);
  CHECK_FALSE(scores[0].guarded_attacks);
  // Each answer that came has one of three classes.
  CHECK(scores[0].full_compliances + scores[0].full_refusals + scores[0].partials == 3);
  CHECK(scores[0].full_refusals == 1);
  CHECK(scores[1].full_compliances == 1);
  auto slm_again = obedient();
  auto const guarded = run(from(rows) | diagnose(slm_again) | evaluate(refusal_judge{})).result;
  CHECK(guarded[0].guarded_attacks == 2);
}

TEST_CASE("why the first verdict failed is in the table") {
  scripted_scorer broken{
      [](score_request const&) -> outcome<std::vector<continuation_score>> { return failure{"no logprobs"}; }};
  auto const rows = std::vector{
      make_record<prompt_class, prompt, response, response_tokens>("all", "q", answer{direct{"Yes."}}, std::size_t{2})};
  auto const scores = run(from(rows) | evaluate(prompted_judge(broken))).result;
  REQUIRE(scores.size() == 1);
  CHECK(scores[0].unparsed == 1);
  CHECK(scores[0].first_failure == "no logprobs");
}
