// SPDX-License-Identifier: Apache-2.0
// The model answers each prompt: what stands in the row, and what the model was asked.
#include <algorithm>
#include <ease/method/diagnose.hpp>
#include <ease/stage/run.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "method/obedient.hpp"

using namespace test;

// What must not compile.
static_assert(composes<rows_with<prompt>, diagnose<scripted_generator>>);
static_assert(!composes<rows_with<vanilla>, diagnose<scripted_generator>>);           // no prompt
static_assert(!composes<rows_with<prompt, response>, diagnose<scripted_generator>>);  // a response is there already

TEST_CASE("diagnose keeps truncated answers apart and fails what does not fit") {
  auto slm = obedient();
  auto pipeline = from(prompts_of({"say a", "long", "huge", "think"})) | diagnose(slm);
  std::vector<answer> answers;
  for (auto const& row : pipeline) answers.push_back(get<response>(row));
  CHECK(answers == std::vector<answer>{direct{"Sure: say a"}, truncated{"One, two,"}, reasoned{"Hm.", "Well."}});
  CHECK(pipeline.report().failures() == 1);
  CHECK(pipeline.report().adds_up());
}

TEST_CASE("diagnose asks again for a short answer where one was truncated, and the row keeps its own prompt") {
  std::vector<generation_request> asked;
  scripted_generator slm{[&](generation_request const& r) -> outcome<completion> {
                           asked.push_back(r);
                           auto const text = user_text(r.input);
                           if (text == "long\n\nBriefly.") return said("One.");
                           if (text.starts_with("long")) return said("One, two,", finish_reason::max_tokens);
                           if (text.starts_with("huge")) return failure{"too long"};
                           return said("ok");
                         },
                         {.order = completion_order::reversed}};
  auto pipeline = from(prompts_of({"long", "say", "huge", "longer"})) | diagnose(slm, {.when_truncated = "Briefly."});
  std::map<std::string, answer> answers;
  for (auto const& row : pipeline) answers.emplace(get<prompt>(row), get<response>(row));
  CHECK(answers ==
        std::map<std::string, answer>{{"long", direct{"One."}}, {"say", direct{"ok"}}, {"longer", truncated{"One, two,"}}});
  CHECK(pipeline.report().failures() == 1);
  CHECK(pipeline.report().adds_up());
  REQUIRE(asked.size() == 6);
  std::map<std::string, std::uint64_t> row_of;
  for (auto const& r : asked) row_of[user_text(r.input)] = r.row;
  CHECK(row_of.at("long\n\nBriefly.") == row_of.at("long"));
}

TEST_CASE("diagnose passes sampling, system text and a key that depends on the prompt alone") {
  std::map<std::string, generation_request> seen;
  scripted_generator slm{[&](generation_request const& r) -> outcome<completion> {
    seen[user_text(r.input)] = r;
    return said("ok");
  }};
  diagnose_options const options{.sampling = {.temperature = 0.3, .max_tokens = 7}, .system_prompt = "Be brief.", .seed = 5};
  run(from(prompts_of({"a", "b"})) | diagnose(slm, options), [](auto const&) {});
  auto const row_a = seen.at("a").row;
  CHECK(seen.at("a").sampling.max_tokens == 7);
  CHECK(seen.at("a").seed == 5);
  CHECK(std::get<conversation>(seen.at("a").input).front() == message{role::system, "Be brief."});
  CHECK(row_a != seen.at("b").row);
  seen.clear();
  run(from(prompts_of({"c", "b", "a"})) | diagnose(slm, options), [](auto const&) {});
  CHECK(seen.at("a").row == row_a);
}

TEST_CASE("why the first row failed is in the report") {
  scripted_generator slm{[](generation_request const& r) -> outcome<completion> {
    auto const text = user_text(r.input);
    if (text != "good" && text != "also good") return failure{"no room for the " + text};
    return said("Yes.");
  }};
  auto pipeline = from(prompts_of({"good", "first", "second", "also good"})) | diagnose(slm);
  for ([[maybe_unused]] auto const& row : pipeline) {
  }
  CHECK(pipeline.report().stages[0].failed == 2);
  CHECK(pipeline.report().stages[0].first_failure == "no room for the first");
}
