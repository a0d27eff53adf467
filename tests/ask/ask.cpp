// SPDX-License-Identifier: Apache-2.0
// Stages that ask a model plainly: an answer to each prompt, the likelihood of each completion.
#include <cmath>
#include <ease/ask/generate.hpp>
#include <ease/ask/score_rows.hpp>
#include <ease/backend/scripted.hpp>
#include <ease/stage/run.hpp>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "catch.hpp"

using namespace ease;

TEST_CASE("generate asks in a template and keeps how the answer begins") {
  generation_request seen;
  scripted_generator model{[&](generation_request const& r) {
    seen = r;
    return reply(" well");
  }};
  std::vector const rows{make_record<prompt>("hello")};
  std::vector<std::string> answers;
  std::size_t tokens = 0;
  run(from(rows) | generate(model, {.system_prompt = "be brief", .prefill = "All is", .seed = 7}), [&](auto const& row) {
    answers.push_back(written(*complete_part(get<response>(row))));
    tokens += get<response_tokens>(row);
  });
  CHECK(answers == std::vector<std::string>{"All is well"});
  CHECK(tokens == 2);
  auto const& turns = std::get<conversation>(seen.input);
  REQUIRE(turns.size() == 2);
  CHECK(turns[0].content == "be brief");
  CHECK(seen.seed == 7);
}

TEST_CASE("generate continues plain text where no template is wanted") {
  bool plain = false;
  scripted_generator model{[&](generation_request const& r) {
    plain = std::holds_alternative<plain_text>(r.input);
    return reply("b");
  }};
  std::vector const rows{make_record<prompt>("a")};
  run(from(rows) | generate(model, {.plain = true}), [](auto const&) {});
  CHECK(plain);
}

TEST_CASE("score_rows gives the likelihood of each completion") {
  scripted_scorer model{[](score_request const& r) -> outcome<std::vector<continuation_score>> {
    if (r.continuations.front() == "unlikely")
      return std::vector{continuation_score{.logprob = -std::numeric_limits<double>::infinity(), .tokens = 1}};
    return std::vector{continuation_score{.logprob = -1.5, .tokens = 3, .greedy = true}};
  }};
  std::vector const rows{make_record<prompt, scored_text>("one and one is", "two"),
                         make_record<prompt, scored_text>("one and one is", "unlikely")};
  std::size_t scored = 0;
  auto const report = run(from(rows) | score_rows(model), [&](auto const& row) {
    ++scored;
    CHECK(get<logprob>(row) == -1.5);
    CHECK(get<scored_tokens>(row) == 3);
    CHECK(get<greedy>(row));
  });
  CHECK(scored == 1);
  CHECK(report.failures() == 1);
}
