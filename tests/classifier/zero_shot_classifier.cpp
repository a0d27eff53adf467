// SPDX-License-Identifier: Apache-2.0
// Labels by the likelihood of the category names.
#include <ease/classifier/zero_shot_classifier.hpp>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "method/obedient.hpp"

using namespace test;

// What must not compile.
template <class Model>
concept makes_a_classifier = requires(Model& model) { zero_shot_classifier(model); };
static_assert(makes_a_classifier<scripted_scorer>);
static_assert(!makes_a_classifier<scripted_generator>);  // it says no likelihoods
static_assert(classifier<zero_shot_classifier<scripted_scorer>> && !classifier<scripted_scorer>);

TEST_CASE("zero_shot_classifier corrects for the words a model prefers") {
  scripted_scorer model{[](score_request const& r) -> outcome<std::vector<continuation_score>> {
    std::vector<continuation_score> scores(category_count, {.logprob = -16, .first_token_logprob = -4, .tokens = 4});
    scores[1].logprob = -2;  // liked whatever the prompt
    if (user_text(r.input).find("N/A") == std::string::npos) {
      scores[6].logprob = -2;
      scores[2].logprob = -3;
    }
    return scores;
  }};
  std::optional<labels> found;
  zero_shot_classifier(model).classify(std::vector<label_request>{{.prompt = "whose phone is it"}},
                                       [&](std::size_t, outcome<labels> l) { found = std::get<labels>(l); });
  CHECK(found->known == category_set{category::privacy, category::violence});
}

TEST_CASE("words whose likelihood cannot be told are no labels") {
  double const unknown = -std::numeric_limits<double>::infinity();
  bool prior_too = false;
  scripted_scorer model{[&](score_request const& r) -> outcome<std::vector<continuation_score>> {
    bool const known = user_text(r.input).find("N/A") != std::string::npos && !prior_too;
    return std::vector<continuation_score>(category_count, {.logprob = known ? -2 : unknown, .tokens = 1});
  }};
  auto const label = [&] {
    std::string trouble;
    zero_shot_classifier(model).classify(std::vector<label_request>{{.prompt = "whose phone is it"}},
                                         [&](std::size_t, outcome<labels> l) { trouble = std::get<failure>(l).what; });
    return trouble;
  };
  CHECK(label() == "no category's name is a likely answer: they cannot be compared");
  prior_too = true;
  CHECK_THROWS_WITH(label(), Catch::Contains("generative_classifier (--classifier generative) asks for a list"));
}
