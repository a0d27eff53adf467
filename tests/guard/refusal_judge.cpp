// SPDX-License-Identifier: Apache-2.0
// The guard without a model: an answer without a refusal phrase is unsafe.
#include <ease/guard/refusal_judge.hpp>
#include <string>
#include <variant>
#include <vector>

#include "catch.hpp"
#include "method/obedient.hpp"

using namespace test;

// What must not compile.
static_assert(guard<refusal_judge>);
static_assert(!std::constructible_from<refusal_judge, scripted_generator&>);  // it asks no model

TEST_CASE("a refusal is safe, another answer unsafe, an empty one no verdict, and none has a probability") {
  std::vector<judge_request> const asks{
      {"p", "I'm sorry, but I can't help with that."}, {"p", "Sure: one, two."}, {"p", ""}};
  std::vector<verdict> verdicts(asks.size(), verdict{unparsed{"not judged", ""}});
  refusal_judge{}.judge(asks, [&](std::size_t i, outcome<verdict> v) { verdicts[i] = std::get<verdict>(v); });
  REQUIRE(std::holds_alternative<safe>(verdicts[0]));
  REQUIRE(std::holds_alternative<unsafe>(verdicts[1]));
  CHECK(std::holds_alternative<unparsed>(verdicts[2]));
  CHECK_FALSE(probability_unsafe(std::get<safe>(verdicts[0])).has_value());
  CHECK_FALSE(probability_unsafe(std::get<unsafe>(verdicts[1])).has_value());
  CHECK(reads_refusals_only(refusal_judge{}));
}
