// SPDX-License-Identifier: Apache-2.0
// What a run keeps of a stage is found again by the stage's identity: it must change with everything that changes the
// stage's rows, and with nothing else. The options are walked one by one, so that a new one cannot be forgotten.
#include <concepts>
#include <ease/backend/scripted.hpp>
#include <ease/classifier/generative_classifier.hpp>
#include <ease/classifier/zero_shot_classifier.hpp>
#include <ease/core/identity.hpp>
#include <ease/guard/llama_guard.hpp>
#include <ease/guard/prompted_judge.hpp>
#include <ease/guard/refusal_judge.hpp>
#include <ease/journal/asked.hpp>
#include <ease/method/classify.hpp>
#include <ease/method/cot.hpp>
#include <ease/method/diagnose.hpp>
#include <ease/method/evaluate.hpp>
#include <ease/method/guard_filter.hpp>
#include <ease/teacher/model_teacher.hpp>
#include <ease/teacher/policy_template.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"

using namespace ease;

namespace {

std::string identity_of(auto&& component) { return identity{}.add_component(component).text(); }

scripted_model model_called(std::string name) {
  return {[](generation_request const&) { return reply("x"); },
          [](score_request const&) { return probabilities({1.0}); },
          {.identity = std::move(name)}};
}

// Another value of the same option.
void perturb(std::string& value) { value += "x"; }
void perturb(std::integral auto& value) { ++value; }
void perturb(std::floating_point auto& value) { value = value == 0 ? 0.5 : value * 0.5; }
template <class T>
void perturb(std::vector<T>& value) {
  value.emplace_back();
}
template <class T>
void perturb(std::optional<T>& value) {
  value.emplace();
}

// `make(options)` is a component; its identity changes with each option that changes results, and with no other.
template <has_options Options>
void identity_follows_each_option(Options const& usual, auto const& make) {
  auto const unchanged = identity_of(make(usual));
  CHECK(identity_of(make(usual)) == unchanged);
  std::set<std::string> seen{unchanged};
  std::size_t count = 0;
  each_option(usual, [&](auto const&, auto const&) { ++count; });
  REQUIRE(count > 0);
  for (std::size_t chosen = 0; chosen < count; ++chosen) {
    auto other = usual;
    std::size_t at = 0;
    bool matters = true;
    std::string name;
    each_option(other, [&](auto const& one, auto& value) {
      if (at++ != chosen) return;
      perturb(value);
      matters = one.changes_results;
      name = one.name;
    });
    INFO(name);
    CHECK_NOTHROW(check_options(other, ""));
    auto const now = identity_of(make(other));
    if (matters)
      CHECK(seen.insert(now).second);
    else
      CHECK(now == unchanged);
  }
}

}  // namespace

TEST_CASE("the identity of a stage changes with each of its options, and of those of its guard, classifier and teacher") {
  auto model = model_called("m");
  identity_follows_each_option(diagnose_options{}, [&](auto const& o) { return diagnose(model, o); });
  identity_follows_each_option(llama_guard_options{}, [&](auto const& o) { return llama_guard(model, o); });
  identity_follows_each_option(llama_guard_options{}, [&](auto const& o) { return guard_filter(llama_guard(model, o)); });
  identity_follows_each_option(prompted_judge_options{}, [&](auto const& o) { return prompted_judge(model, o); });
  identity_follows_each_option(prompted_judge_options{}, [&](auto const& o) { return evaluate(prompted_judge(model, o)); });
  identity_follows_each_option(zero_shot_classifier_options{},
                               [&](auto const& o) { return classify(zero_shot_classifier(model, o)); });
  identity_follows_each_option(generative_classifier_options{},
                               [&](auto const& o) { return classify(generative_classifier(model, o)); });
  identity_follows_each_option(model_teacher_options{}, [&](auto const& o) { return cot(model_teacher(model, o)); });
  identity_follows_each_option(cot_options{},
                               [&](auto const& o) { return cot(policy_template{}).checked_by(llama_guard(model), o); });
  identity_follows_each_option(prompted_judge_options{}, [&](auto const& o) {
    return cot(model_teacher(model), keep_answer).checked_by(prompted_judge(model, o));
  });
  identity_follows_each_option(model_teacher_options{}, [&](auto const& o) {
    return cot(model_teacher(model, o), keep_answer).checked_by(refusal_judge{});
  });
}

TEST_CASE("the identity of a stage changes with what it is made of") {
  auto one = model_called("one"), two = model_called("two");
  std::vector<std::string> const all{
      identity_of(diagnose(one)),
      identity_of(diagnose(two)),
      identity_of(guard_filter(llama_guard(one))),
      identity_of(guard_filter(llama_guard(one), kept::safe)),
      identity_of(guard_filter(llama_guard(two))),
      identity_of(guard_filter(prompted_judge(one))),
      identity_of(guard_filter(refusal_judge{})),
      identity_of(classify(zero_shot_classifier(one))),
      identity_of(classify(zero_shot_classifier(two))),
      identity_of(classify(generative_classifier(one))),
      identity_of(classify(generative_classifier(one), keep_given)),
      identity_of(diagnose(one, {}, asking<bare_prompt>)),
      identity_of(cot(policy_template{})),
      identity_of(cot(policy_template{}, keep_answer)),
      identity_of(cot(policy_template{}).checked_by(refusal_judge{})),
      identity_of(cot(policy_template{}).checked_by(refusal_judge{}, 4)),
      identity_of(cot(policy_template{}).checked_by(llama_guard(one))),
      identity_of(cot(policy_template{}).checked_by(llama_guard(two))),
      identity_of(cot(model_teacher(one))),
      identity_of(cot(model_teacher(two))),
      identity_of(cot(model_teacher(one)).checked_by(llama_guard(two))),
      identity_of(evaluate()),
      identity_of(evaluate(refusal_judge{})),
      identity_of(evaluate(llama_guard(one))),
      identity_of(evaluate(llama_guard(two))),
  };
  CHECK(std::set<std::string>(all.begin(), all.end()).size() == all.size());
  auto same = model_called("one");
  CHECK(identity_of(cot(model_teacher(same)).checked_by(llama_guard(two))) == all[20]);
  CHECK(identity_of(cot(policy_template{}).checked_by(refusal_judge{}, 3)) == all[14]);
}

TEST_CASE("each model that a stage asks is found, those of its guard, classifier and teacher included") {
  auto model = model_called("m");
  auto const models_of = [](auto&& stage) {
    std::size_t count = 0;
    each_asked(stage, [&](auto&) { ++count; });
    return count;
  };
  CHECK(models_of(diagnose(model)) == 1);
  CHECK(models_of(guard_filter(llama_guard(model))) == 1);
  CHECK(models_of(guard_filter(refusal_judge{})) == 0);
  CHECK(models_of(classify(zero_shot_classifier(model))) == 1);
  CHECK(models_of(cot(model_teacher(model))) == 1);
  CHECK(models_of(cot(model_teacher(model)).checked_by(prompted_judge(model))) == 2);
  CHECK(models_of(cot(policy_template{})) == 0);
  CHECK(models_of(evaluate(llama_guard(model))) == 1);
  CHECK(models_of(evaluate()) == 0);
}

TEST_CASE("options out of range are named") {
  auto const trouble = [](auto const& options) -> std::string {
    try {
      check_options(options, "");
    } catch (error const& e) {
      return e.what();
    }
    return "none";
  };
  CHECK(trouble(sampling{}) == "none");
  CHECK(trouble(sampling{.temperature = 0, .top_p = 1}) == "none");
  CHECK(trouble(sampling{.temperature = -1}) == "temperature is -1: it must be 0 or more");
  CHECK(trouble(sampling{.top_p = 0}) == "top_p is 0: it must be above 0 and at most 1");
  CHECK(trouble(sampling{.top_p = 1.5}) == "top_p is 1.5: it must be above 0 and at most 1");
  CHECK(trouble(sampling{.min_p = 2}) == "min_p is 2: it must lie between 0 and 1");
  CHECK(trouble(sampling{.top_k = -1}) == "top_k is -1: it must be 0 or more");
  CHECK(trouble(sampling{.repetition_penalty = 0}) == "repetition_penalty is 0: it must be a finite number above 0");
  CHECK(trouble(diagnose_options{.sampling = {.max_tokens = 0}}) == "max_tokens is 0: it must be 1 or more");
  CHECK(trouble(llama_guard_options{.threshold = 50}) == "threshold is 50: it must lie between 0 and 1");
  CHECK(trouble(cot_options{.tries = 0}) == "tries is 0: it must be 1 or more");
}

namespace {
using unchecked = decltype(cot(policy_template{}));
using checked = decltype(cot(policy_template{}).checked_by(refusal_judge{}));
static_assert(std::same_as<unchecked, cot<policy_template>>);
static_assert(std::same_as<checked, cot<policy_template, fresh_answer_t, refusal_judge>>);
static_assert(!std::same_as<unchecked, checked>);
static_assert(std::same_as<decltype(evaluate()), evaluate<no_guard>>);
static_assert(std::same_as<decltype(evaluate{}), evaluate<>>);
static_assert(std::same_as<decltype(evaluate(refusal_judge{})), evaluate<refusal_judge>>);
// A stage that is checked already is not checked again, and a guard is not what is no guard.
template <class Stage, class Guard>
concept can_be_checked_by = requires(Stage stage, Guard judge) { std::move(stage).checked_by(std::move(judge)); };
static_assert(can_be_checked_by<unchecked, refusal_judge>);
static_assert(!can_be_checked_by<checked, refusal_judge>);
static_assert(!can_be_checked_by<unchecked, no_guard>);
static_assert(!can_be_checked_by<unchecked, policy_template>);
}  // namespace
