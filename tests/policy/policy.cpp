// SPDX-License-Identifier: Apache-2.0
#include <ease/policy/hazard.hpp>
#include <ease/policy/policy.hpp>
#include <ease/policy/refusal.hpp>

#include "catch.hpp"

using namespace ease;

TEST_CASE("a guard's words are read strictly") {
  CHECK_FALSE(read_guard_words("\n\nsafe")->unsafe);
  auto const words = read_guard_words("\n\nunsafe\nS1, S9,S77\nmore");
  REQUIRE(words);
  CHECK(words->hazards == std::vector<std::string>{"S1", "S9"});
  CHECK(read_guard_words("unsafe")->hazards.empty());
  for (auto const* text : {"", "Safe", "safely", "I think it is safe", "unsafe S1"}) CHECK_FALSE(read_guard_words(text));
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
