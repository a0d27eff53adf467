// SPDX-License-Identifier: Apache-2.0
#include <ease/policy/hazard.hpp>
#include <ease/policy/policy.hpp>
#include <ease/policy/refusal.hpp>

#include "catch.hpp"

using namespace ease;

TEST_CASE("a guard's words are read as guards write them") {
  // Llama Guard's own form, and those of chat models in its place: ogx-ai/ogx issue 4476 and PR 5045 (a pattern of `unsafe` and a
  // line end that fails for the least deviation), agent-service-toolkit issue 122 (a blank behind the word), NVIDIA garak PR 2127
  // (prose is no verdict), NeMo Guardrails issue 2044 (a verdict in prose must not pass as safe).
  for (auto const* text : {"Safe", "safe.", "**Safe**", "```\nsafe\n```", "Verdict: safe", R"({"verdict": "safe"})",
                           R"({"User Safety": "safe"})", R"({"safe": true})", "</think>\n\nsafe"}) {
    INFO(text);
    REQUIRE(read_guard_words(text));
    CHECK_FALSE(read_guard_words(text)->unsafe);
  }
  for (auto const* text :
       {"unsafe\nS1,S9", "Unsafe.\nS1, S9", "unsafe S1,S9", "UNSAFE: S1 S9", "```text\nunsafe\ns1,s9\n```",
        R"({"verdict": "unsafe", "categories": ["S1", "S9"]})", R"({"is_safe": False, 'violations': ['S1', 'S9']})",
        R"({"User Safety": "unsafe", "Safety Categories": "S1, S9"})", "Verdict: unsafe\nS1\u00b7S9"}) {
    INFO(text);
    REQUIRE(read_guard_words(text));
    CHECK(read_guard_words(text)->unsafe);
  }
  CHECK(read_guard_words("unsafe \n\nS1, S9\n")->hazards == std::vector<std::string>{"S1", "S9"});
  CHECK(read_guard_words("Unsafe.\nS1, S9")->hazards == std::vector<std::string>{"S1", "S9"});
  CHECK(read_guard_words(R"({"verdict": "unsafe", "categories": ["S1", "S9"]})")->hazards ==
        std::vector<std::string>{"S1", "S9"});

  CHECK_FALSE(read_guard_words("\n\nsafe")->unsafe);
  auto const words = read_guard_words("\n\nunsafe\nS1, S9,S77\nmore");
  REQUIRE(words);
  CHECK(words->hazards == std::vector<std::string>{"S1", "S9"});
  CHECK(read_guard_words("unsafe")->hazards.empty());
  for (auto const* text :
       {"", "safely", "I think it is safe", "not safe", "This is not allowed.", "safe or unsafe", "safe\nS1",
        "unsafe\nNo, safe", R"({"verdict": "safe", "result": "unsafe"})", R"({"verdict": "unsafe")", "unsafe because of S1"})
    CHECK_FALSE(read_guard_words(text));
  for (auto const* code : {"S0", "S15", "S01", "s1", "S", "S100", "T1"}) CHECK_FALSE(hazard_number(code));
}

TEST_CASE("hazards map to categories, several where two apply") {
  CHECK(categories_of_hazards({"S1", "S5"}) ==
        category_set{category::violence, category::harassment, category::misinformation});
  CHECK(categories_of_hazards({"S6"}).empty());
}

TEST_CASE("a refusal is told by how an answer starts") {
  CHECK(is_refusal("I\xE2\x80\x99m sorry, but I can\xE2\x80\x99t do that."));
  CHECK(is_refusal("I CANNOT help."));
  CHECK_FALSE(is_refusal("Sure. First, boil the water."));
  CHECK_FALSE(is_refusal("Boil the water. " + std::string(200, 'x') + " I cannot say more."));
  CHECK_FALSE(is_refusal(""));
}

TEST_CASE("the policies of all labels are shown") {
  auto const text = policy_text({category::privacy, category::violence});
  CHECK(text.find("Privacy/Personal Data") != std::string::npos);
  CHECK(text.find("Violence/Physical Harm") != std::string::npos);
  CHECK(text.find("Self-Harm") == std::string::npos);
}
