// SPDX-License-Identifier: Apache-2.0
#include <ease/backend/scripted.hpp>

#include "catch.hpp"

namespace {

std::vector<ease::generation_request> questions(std::size_t count) {
  std::vector<ease::generation_request> requests;
  for (std::size_t i = 0; i < count; ++i)
    requests.push_back({.input = ease::conversation{{ease::role::user, "q" + std::to_string(i)}}, .row = i});
  return requests;
}

auto const echo = [](ease::generation_request const& request) { return ease::reply(ease::user_text(request.input)); };

}  // namespace

static_assert(ease::text_generator<ease::scripted_generator>);
static_assert(ease::likelihood_scorer<ease::scripted_scorer>);
static_assert(ease::text_generator<ease::scripted_model> && ease::likelihood_scorer<ease::scripted_model>);
static_assert(!ease::likelihood_scorer<ease::scripted_generator>);

TEST_CASE("each request gets its own answer, whatever the order of completion") {
  auto const order =
      GENERATE(ease::completion_order::as_asked, ease::completion_order::reversed, ease::completion_order::shuffled);
  ease::scripted_generator model{echo, {.order = order}};
  auto const requests = questions(20);
  std::vector<std::size_t> seen;
  model.generate(requests, [&](std::size_t i, ease::outcome<ease::completion> answer) {
    seen.push_back(i);
    CHECK(std::get<ease::completion>(answer).text == "q" + std::to_string(i));
  });
  std::vector<std::size_t> in_order(20);
  std::iota(in_order.begin(), in_order.end(), std::size_t{0});
  CHECK((seen == in_order) == (order == ease::completion_order::as_asked));
  if (order == ease::completion_order::reversed) CHECK(seen.front() == 19);
  std::sort(seen.begin(), seen.end());
  CHECK(seen == in_order);
  CHECK(model.calls() == 20);
  CHECK(model.largest_batch() == 20);
}

TEST_CASE("a text outside the table, and every nth request, fails") {
  ease::scripted_generator table{ease::replies({{"q0", "a0"}})};
  ease::scripted_generator faulty{ease::failing_every(3, echo)};
  std::vector<bool> known(2), served(6);
  table.generate(questions(2), [&](std::size_t i, auto answer) { known[i] = answer.index() == 0; });
  faulty.generate(questions(6), [&](std::size_t i, auto answer) { served[i] = answer.index() == 0; });
  CHECK(known == std::vector<bool>{true, false});
  CHECK(served == std::vector<bool>{true, true, false, true, true, false});
}

TEST_CASE("a crash comes after as many outcomes as asked") {
  ease::scripted_generator model{echo, {.crash_after = 3}};
  std::size_t handed_back = 0;
  CHECK_THROWS_AS(model.generate(questions(5), [&](std::size_t, auto const&) { ++handed_back; }), ease::error);
  CHECK(handed_back == 3);
}

TEST_CASE("scripted probabilities come back as logs, and the likeliest is the greedy one") {
  ease::scripted_scorer guard{[](ease::score_request const&) { return ease::probabilities({0.25, 0.75}); }};
  std::vector<ease::score_request> const requests{{.input = ease::plain_text{"x"}, .continuations = {"safe", "unsafe"}}};
  guard.score(requests, [](std::size_t, auto answer) {
    auto const& scores = std::get<std::vector<ease::continuation_score>>(answer);
    REQUIRE(scores.size() == 2);
    CHECK(std::exp(scores[1].first_token_logprob) == Approx(0.75));
    CHECK_FALSE(scores[0].greedy);
    CHECK(scores[1].greedy);
  });
}

TEST_CASE("words and the end of the turn are counted as tokens") {
  CHECK(std::get<ease::completion>(ease::reply(" two  words\n")).completion_tokens == 3);
  CHECK(std::get<ease::completion>(ease::reply("two words", ease::finish_reason::max_tokens)).completion_tokens == 2);
}
