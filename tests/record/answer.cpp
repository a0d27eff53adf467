// SPDX-License-Identifier: Apache-2.0
#include <ease/record/answer.hpp>
#include <ease/record/fields.hpp>
#include <ease/record/view.hpp>

#include "catch.hpp"

using namespace ease;

TEST_CASE("a generated text is read as what it is") {
  CHECK(parse_answer("Paris.", true) == answer{direct{"Paris."}});
  CHECK(parse_answer("<think>\nA capital.\n</think>\n\nParis.", true) == answer{reasoned{"A capital.", "Paris."}});
  CHECK(parse_answer("A capital.\n</think>\n\nParis.", true) == answer{reasoned{"A capital.", "Paris."}});
  CHECK(parse_answer("<think>\nA capi", true) == answer{truncated{"<think>\nA capi"}});
  CHECK(parse_answer("Par", false) == answer{truncated{"Par"}});
  CHECK(parse_answer("<think></think>Paris.", true) == answer{reasoned{"", "Paris."}});
}

TEST_CASE("the written form of an answer reads back") {
  for (complete_answer const& a : {complete_answer{direct{"Paris."}}, complete_answer{reasoned{"A capital.", "Paris."}}})
    CHECK(parse_answer(written(a), true) == widen(a));
}

TEST_CASE("a truncated answer has no complete part") {
  CHECK_FALSE(complete_part(truncated{"Par"}));
  CHECK(complete_part(direct{"Paris."}) == complete_answer{direct{"Paris."}});
  CHECK(thinks(answer{truncated{"<think>\nA capi"}}));
  CHECK_FALSE(thinks(answer{truncated{"A capi"}}));
  CHECK_FALSE(std::is_convertible_v<answer, complete_answer>);
  CHECK_FALSE(std::is_constructible_v<complete_answer, answer>);
}

TEST_CASE("records hold their fields by type") {
  auto row = joined(make_record<id, prompt>("7", "Where?"), make_record<categories>(category_set{category::benign}));
  static_assert(std::same_as<decltype(row), record<id, prompt, categories>>);
  CHECK(get<id>(row) == "7");
  get<prompt>(row) = "When?";
  view<prompt> const shown{row};
  CHECK(get<prompt>(shown) == "When?");
}

TEST_CASE("labels are read in every published spelling, and an unknown one is unknown") {
  CHECK(category_from("Harassment/Hate/Discrimination") == category::harassment);
  CHECK(category_from("self-harm") == category::self_harm);
  CHECK(category_from("Self_Harm") == category::self_harm);
  CHECK(category_from("illicit/criminal behavior") == category::illicit);
  CHECK(category_from("Intellectual Property") == category::intellectual_property);
  CHECK(category_from("other") == std::nullopt);
  CHECK(category_from("") == std::nullopt);
  for (auto c : all_categories) {
    CHECK(category_from(name_of(c)) == c);
    CHECK(category_from(title_of(c)) == c);
  }
}
