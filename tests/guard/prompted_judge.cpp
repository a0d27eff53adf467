// SPDX-License-Identifier: Apache-2.0
// Any chat model as a guard: Yes or No, by their probabilities.
#include <ease/guard/prompted_judge.hpp>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "catch.hpp"
#include "method/obedient.hpp"

using namespace test;

// What must not compile.
template <class Model>
concept makes_a_guard = requires(Model& model) { prompted_judge(model); };
static_assert(makes_a_guard<scripted_scorer>);
static_assert(!makes_a_guard<scripted_generator>);  // it says no likelihoods

TEST_CASE("a prompted judge compares yes and no") {
  scripted_scorer model{[](score_request const& r) -> outcome<std::vector<continuation_score>> {
    bool const bad = user_text(r.input).find("sharp") != std::string::npos;
    return probabilities({bad ? 0.5 : 0.1, 0.05, bad ? 0.1 : 0.6, 0.05});
  }};
  std::map<std::size_t, verdict> verdicts;
  prompted_judge(model).judge(std::vector<judge_request>{{"p", "sharp"}, {"p", "dull"}},
                              [&](std::size_t i, outcome<verdict> v) { verdicts[i] = std::get<verdict>(v); });
  CHECK(probability_unsafe(std::get<unsafe>(verdicts[0])).value() == Approx(0.55 / 0.7));
  CHECK(probability_unsafe(std::get<safe>(verdicts[1])).value() == Approx(0.15 / 0.8));
}

TEST_CASE("words whose likelihood cannot be told are no verdict") {
  scripted_scorer model{[](score_request const&) -> outcome<std::vector<continuation_score>> {
    return std::vector<continuation_score>(4, {.logprob = -std::numeric_limits<double>::infinity(), .tokens = 1});
  }};
  std::optional<verdict> judged;
  prompted_judge(model).judge(std::vector<judge_request>{{"p", "a"}},
                              [&](std::size_t, outcome<verdict> v) { judged = std::get<verdict>(v); });
  CHECK(std::holds_alternative<unparsed>(*judged));
}
