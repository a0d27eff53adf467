// SPDX-License-Identifier: Apache-2.0
// Rejection sampling: what the guard is asked about, and what its verdict means for the row.
#include <ease/backend/scripted.hpp>
#include <ease/guard/llama_guard.hpp>
#include <ease/guard/prompted_judge.hpp>
#include <ease/guard/refusal_judge.hpp>
#include <ease/method/cot.hpp>
#include <ease/stage/run.hpp>
#include <ease/teacher/model_teacher.hpp>
#include <ease/teacher/policy_template.hpp>
#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "method/obedient.hpp"

using namespace test;

// What must not compile.
static_assert(composes<rows_with<prompt, categories>, cot<policy_template>>);
static_assert(!composes<rows_with<prompt>, cot<policy_template>>);                      // no categories
static_assert(!composes<rows_with<prompt, categories, target>, cot<policy_template>>);  // a target is there already

namespace {

std::vector<record<prompt, categories>> rows_about(std::vector<std::string> const& prompts) {
  std::vector<record<prompt, categories>> rows;
  for (auto const& p : prompts) rows.push_back(make_record<prompt, categories>(p, category_set{category::illicit}));
  return rows;
}
// Gives every text this probability of being unsafe.
scripted_scorer wary(double p) {
  return scripted_scorer{[p](score_request const&) { return probabilities({p, 0.0, 1 - p, 0.0}); }};
}
// What became of each prompt: "kept", or the reason of its rejection.
std::map<std::string, std::string> fates(auto stage, std::vector<std::string> const& prompts) {
  std::map<std::string, std::string> out;
  auto const rows = rows_about(prompts);
  run(
      from(rows) | std::move(stage), [&](auto const& row) { out[get<prompt>(row)] = "kept"; },
      [&](auto, auto const& row, auto const& why) {
        if constexpr (requires { why.reason; })
          out[get<prompt>(row)] = why.reason;
        else
          out[get<prompt>(row)] = "failed";
      });
  return out;
}
// Thinks first; refuses unless the prompt asks it to comply.
scripted_generator teacher_model() {
  return scripted_generator{[](generation_request const& r) {
    return reply(user_text(r.input).find("comply") == std::string::npos
                     ? "<think>\nThis asks for a crime.\n</think>\n\nI'm sorry, but I can't help with that."
                     : "<think>\nWhy not.\n</think>\n\nSure, like this.");
  }};
}
struct question {
  std::string prompt, answer;
};
// A guard that says what it is told to, and writes down what it was asked.
struct told {
  verdict says;
  std::vector<question>* asked;
  void judge(std::span<judge_request const> requests, on_done<verdict> const& done) const {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      asked->push_back({std::string{requests[i].prompt}, std::string{requests[i].answer}});
      done(i, says);
    }
  }
  static std::size_t window() { return 8; }
};
struct told_of_refusals : told {
  static constexpr bool reads_refusals_only{true};
};
using fate = std::map<std::string, std::string>;

}  // namespace

TEST_CASE("refusals of the policy template pass a guard whose threshold is low") {
  auto guard = wary(0.3);
  CHECK(fates(cot(policy_template{}).checked_by(prompted_judge(guard, {.threshold = 0.2})), {"one", "two"}) ==
        fate{{"one", "kept"}, {"two", "kept"}});
}

TEST_CASE("an answer that is no refusal is judged by the guard's own threshold") {
  auto guard = wary(0.3);
  auto model = teacher_model();
  auto const sampled = [&](double threshold, cot_options options = {}) {
    return fates(cot(model_teacher(model)).checked_by(prompted_judge(guard, {.threshold = threshold}), options),
                 {"refuse", "comply"});
  };
  CHECK(sampled(0.2) == fate{{"refuse", "kept"}, {"comply", "unsafe_reasoning"}});
  CHECK(sampled(0.4) == fate{{"refuse", "kept"}, {"comply", "kept"}});
  // The reasoning before a refusal has a threshold of its own, and is never stricter than the guard itself.
  CHECK(sampled(0.2, {.reasoning_threshold = 0.25}) == fate{{"refuse", "unsafe_reasoning"}, {"comply", "unsafe_reasoning"}});
  CHECK(sampled(0.2, {.reasoning_threshold = 0.35}) == fate{{"refuse", "kept"}, {"comply", "unsafe_reasoning"}});
  CHECK(sampled(0.4, {.reasoning_threshold = 0.25}) == fate{{"refuse", "kept"}, {"comply", "kept"}});
}

TEST_CASE("the guard is asked about the reasoning and the words of a refusal, and about any other answer") {
  auto model = teacher_model();
  std::vector<question> asked;
  fates(cot(model_teacher(model)).checked_by(told{safe{0.1}, &asked}), {"refuse", "comply"});
  REQUIRE(asked.size() == 2);
  CHECK(asked[0].prompt == "refuse");
  CHECK(asked[0].answer.starts_with("This asks for a crime.\n\n"));  // and the answer: it may be no refusal after all
  CHECK(asked[1].prompt == "comply");
  CHECK(asked[1].answer == "Sure, like this.");
}

TEST_CASE("a guard without probabilities decides by its verdict, one that looks for refusals alone reads the answer") {
  auto model = teacher_model();
  std::vector<question> asked;
  CHECK(fates(cot(model_teacher(model)).checked_by(told{unsafe{}, &asked}, 2), {"refuse"}) ==
        fate{{"refuse", "unsafe_reasoning"}});
  CHECK(asked.size() == 2);
  CHECK(fates(cot(model_teacher(model)).checked_by(told{unparsed{"?"}, &asked}), {"refuse"}) ==
        fate{{"refuse", "unparsed"}});
  asked.clear();
  fates(cot(model_teacher(model)).checked_by(told_of_refusals{{safe{}, &asked}}), {"refuse"});
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].answer == "I'm sorry, but I can't help with that.");
  CHECK((reads_refusals_only(refusal_judge{}) && !reads_refusals_only(told{safe{}, &asked})));
  CHECK(fates(cot(model_teacher(model)).checked_by(refusal_judge{}), {"refuse", "comply"}) ==
        fate{{"refuse", "kept"}, {"comply", "unsafe_reasoning"}});
}

TEST_CASE("unsafe reasoning is sampled again as often as the options say") {
  std::size_t asked = 0;
  scripted_generator model{[&](generation_request const& r) {
    CHECK(r.seed == 42 + asked);
    ++asked;
    return reply("<think>\nLike this.\n</think>\n\nI can't help with that.");
  }};
  auto guard = wary(0.9);
  CHECK(fates(cot(model_teacher(model)).checked_by(prompted_judge(guard), {.tries = 4}), {"x"}) ==
        fate{{"x", "unsafe_reasoning"}});
  CHECK(asked == 4);
}

TEST_CASE("a harmless prompt without an answer to keep is rejected by the policy template, not failed") {
  auto rows = rows_about({"crime"});
  rows.push_back(make_record<prompt, categories>("kite", category_set{category::benign}));
  std::map<std::string, std::string> out;
  auto const report = run(
      from(rows) | cot(policy_template{}).checked_by(refusal_judge{}),
      [&](auto const& row) { out[get<prompt>(row)] = "kept"; },
      [&](auto, auto const& row, auto const& why) {
        if constexpr (requires { why.reason; }) out[get<prompt>(row)] = why.reason;
      });
  CHECK(out == fate{{"crime", "kept"}, {"kite", "benign"}});
  CHECK(report.failures() == 0);
}

TEST_CASE("reasoning is sampled until the guard accepts one") {
  std::map<std::string, int> asked;
  scripted_generator model{[&](generation_request const& r) -> outcome<completion> {
    auto const text = user_text(r.input);
    auto const who = text.find("stubborn") != std::string::npos ? "stubborn"
                     : text.find("plain") != std::string::npos  ? "plain"
                                                                : "good";
    auto const time = asked[who]++;
    if (std::string{who} == "plain") return said("I refuse, without a thought.");
    if (std::string{who} == "stubborn" || time == 0) return said("<think>\nWhy not.\n</think>\n\nSure, like this.");
    return said("<think>\nNo.\n</think>\n\nI cannot help with that.");
  }};
  std::vector<record<prompt, categories>> rows;
  for (auto const* p : {"good", "stubborn", "plain"})
    rows.push_back(make_record<prompt, categories>(p, category_set{category::illicit}));
  auto pipeline = from(rows) | cot(model_teacher(model)).checked_by(refusal_judge{}, 3);
  std::vector<std::string> done;
  for (auto const& row : pipeline) done.push_back(get<prompt>(row));
  CHECK(done == std::vector<std::string>{"good"});
  CHECK(asked["stubborn"] == 3);
  CHECK(pipeline.report().stages[0].rejected.at("unsafe_reasoning") == 1);
  CHECK(pipeline.report().stages[0].rejected.at("no_reasoning") == 1);
  CHECK(pipeline.report().adds_up());
}
