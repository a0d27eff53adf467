// SPDX-License-Identifier: Apache-2.0
// Llama Guard: a verdict by probability, hazards of unsafe rows.
#include <ease/guard/llama_guard.hpp>
#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "method/obedient.hpp"

using namespace test;

// What must not compile.
template <class Model>
concept makes_a_guard = requires(Model& model) { llama_guard(model); };
static_assert(makes_a_guard<scripted_model>);
static_assert(!makes_a_guard<scripted_generator> && !makes_a_guard<scripted_scorer>);  // it scores and writes
static_assert(guard<llama_guard<scripted_model>> && !guard<scripted_model>);

TEST_CASE("llama_guard judges by probability and decodes hazards for unsafe rows only") {
  scripted_model model{[](generation_request const&) -> outcome<completion> { return said("\n\nunsafe\nS1,S99,S10"); },
                       [](score_request const& r) -> outcome<std::vector<continuation_score>> {
                         REQUIRE(std::get<conversation>(r.input).size() == 2);
                         auto const text = user_text(r.input);
                         double const bad = text == "bad" ? 0.7 : text == "mild" ? 0.4 : 0.0001;
                         double const good = text == "mute" ? 0.0001 : 0.9 - bad;
                         return probabilities({good / 2, good / 2, bad / 2, bad / 2});
                       }};
  std::vector<judge_request> const asks{{"bad", "x"}, {"mild", "x"}, {"mute", "x"}, {"fine", "x"}};
  std::map<std::size_t, verdict> verdicts;
  auto const collect = [&](std::size_t i, outcome<verdict> v) { verdicts[i] = std::get<verdict>(v); };
  llama_guard(model).judge(asks, collect);
  REQUIRE(verdicts.size() == 4);
  auto const bad = std::get<unsafe>(verdicts[0]);
  CHECK(bad.probability_unsafe.value() == Approx(0.7 / 0.9));
  CHECK(bad.hazards == std::vector<std::string>{"S1", "S10"});
  CHECK(std::holds_alternative<safe>(verdicts[1]));
  CHECK(std::holds_alternative<unparsed>(verdicts[2]));
  CHECK(std::holds_alternative<safe>(verdicts[3]));
  llama_guard(model, {.threshold = 0.3}).judge(asks, collect);
  CHECK(std::holds_alternative<unsafe>(verdicts[1]));
}
