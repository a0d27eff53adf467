// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <ease/backend/scripted.hpp>
#include <ease/journal/journaled.hpp>
#include <functional>
#include <map>

#include "catch.hpp"
#include "io/temporary.hpp"

using namespace ease;

namespace {

generation_request ask(std::string text) { return {.input = conversation{{role::user, std::move(text)}}}; }

// A model that counts what it was asked; `together`: whether its answers may depend on the batch.
struct counting {
  bool independent{true};
  std::string name{"model"};
  std::size_t most{3};
  std::size_t asked{0}, batches{0};
  std::function<outcome<completion>(generation_request const&, std::size_t batch_rows)> say = [](generation_request const& r,
                                                                                                 std::size_t) {
    return outcome<completion>{completion{"re: " + user_text(r.input) + '\xff', finish_reason::max_tokens, 4, 5}};
  };

  void generate(std::span<generation_request const> requests, on_done<completion> const& done) {
    ++batches;
    for (std::size_t i = requests.size(); i-- > 0;) {
      ++asked;
      done(i, say(requests[i], requests.size()));
    }
  }
  void score(std::span<score_request const> requests, on_done<std::vector<continuation_score>> const& done) {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      ++asked;
      done(i, std::vector<continuation_score>{{-std::sqrt(2.0), -0.1, 3, true}, {-7, -INFINITY, 1, false}});
    }
  }
  std::size_t window() const { return most; }
  std::string identity() const { return name; }
  bool rows_are_independent() const { return independent; }
};

std::vector<std::string> texts(auto&& model, std::vector<generation_request> const& requests) {
  std::vector<std::string> out(requests.size());
  model.generate(requests, [&](std::size_t i, outcome<completion> what) {
    auto const* c = std::get_if<completion>(&what);
    out[i] = c == nullptr ? std::get<failure>(what).what : c->text + "|" + std::to_string(c->completion_tokens);
  });
  return out;
}

}  // namespace

static_assert(text_generator<journaled<scripted_generator>> && !likelihood_scorer<journaled<scripted_generator>>);
static_assert(text_generator<journaled<scripted_model>> && likelihood_scorer<journaled<scripted_model>>);

TEST_CASE("an answer is asked for once, also by the next process") {
  test::temporary_folder const folder;
  counting model;
  std::vector<generation_request> const requests{ask("a"), ask("b"), ask("c")};
  std::vector<std::string> first;
  {
    journal keep{folder / "j"};
    first = texts(journaled{model, keep}, requests);
    CHECK(first[1] == "re: b\xff|5");
    CHECK(texts(journaled{model, keep}, requests) == first);
  }
  CHECK(model.asked == 3);
  journal keep{folder / "j"};
  journaled again{model, keep};
  CHECK(texts(again, {ask("c"), ask("new"), ask("a")}) == std::vector<std::string>{first[2], "re: new\xff|5", first[0]});
  CHECK(model.asked == 4);
  CHECK(again.replayed() == 2);
}

TEST_CASE("without a journal nothing is kept") {
  counting model;
  journaled<counting> plain{model, nullptr};
  CHECK(texts(plain, {ask("a")}) == texts(plain, {ask("a")}));
  CHECK(model.asked == 2);
}

TEST_CASE("everything an answer depends on is part of its key, and nothing else") {
  test::temporary_folder const folder;
  journal keep{folder / "j"};
  counting model;
  auto const asked_for = [&](generation_request const& r) {
    auto const before = model.asked;
    texts(journaled{model, keep}, {r});
    return model.asked - before;
  };
  auto const base = ask("text");
  CHECK(asked_for(base) == 1);
  CHECK(asked_for(base) == 0);
  std::map<std::string, std::function<void(generation_request&)>> const changes{
      {"text",
       [](auto& r) {
         r.input = conversation{{role::user, "texT"}};
       }},
      {"role",
       [](auto& r) {
         r.input = conversation{{role::system, "text"}};
       }},
      {"turns",
       [](auto& r) {
         r.input = conversation{{role::user, "te"}, {role::user, "xt"}};
       }},
      {"plain", [](auto& r) { r.input = plain_text{"text"}; }},
      {"prefill", [](auto& r) { r.prefill = "<think>"; }},
      {"temperature", [](auto& r) { r.sampling.temperature = 0.1; }},
      {"top_p", [](auto& r) { r.sampling.top_p = 0.9; }},
      {"min_p", [](auto& r) { r.sampling.min_p = 0.9; }},
      {"top_k", [](auto& r) { r.sampling.top_k = 9; }},
      {"penalty", [](auto& r) { r.sampling.repetition_penalty = 1.1; }},
      {"max_tokens", [](auto& r) { r.sampling.max_tokens = 9; }},
      {"stop", [](auto& r) { r.sampling.stop = {"x"}; }},
      {"stops",
       [](auto& r) {
         r.sampling.stop = {"x", ""};
       }},
      {"seed", [](auto& r) { r.seed = 43; }},
      {"row", [](auto& r) { r.row = 1; }},
      {"schema", [](auto& r) { r.json_schema = "{}"; }}};
  for (auto const& [what, change] : changes) {
    auto other = base;
    change(other);
    CAPTURE(what);
    CHECK(asked_for(other) == 1);
    CHECK(asked_for(other) == 0);
  }
  model.name = "model trained further";
  CHECK(asked_for(base) == 1);
  model.name = "model";
  CHECK(asked_for(base) == 0);  // the earlier answer is still there
}

TEST_CASE("a failure is returned and retried") {
  test::temporary_folder const folder;
  for (bool const independent : {true, false}) {
    journal keep{folder / (independent ? "a" : "b")};
    counting model{.independent = independent};
    auto const well = model.say;
    model.say = [&](auto const& r, std::size_t n) {
      return user_text(r.input) == "b" ? outcome<completion>{failure{"no room"}} : well(r, n);
    };
    std::vector<generation_request> const requests{ask("a"), ask("b"), ask("c")};
    CHECK(texts(journaled{model, keep}, requests)[1] == "no room");
    model.say = well;
    CHECK(texts(journaled{model, keep}, requests)[1] == "re: b\xff|5");
    CHECK(model.asked == 4);
    texts(journaled{model, keep}, requests);
    CHECK(model.asked == 4);
  }
}

TEST_CASE("scores come back bit by bit") {
  test::temporary_folder const folder;
  journal keep{folder / "j"};
  counting model;
  std::vector<score_request> const requests{{.input = conversation{{role::user, "q"}}, .continuations = {"Yes", "No"}}};
  for (int round = 0; round < 2; ++round)
    journaled{model, keep}.score(requests, [&](std::size_t, outcome<std::vector<continuation_score>> what) {
      auto const& s = std::get<0>(what);
      REQUIRE(s.size() == 2);
      CHECK(s[0].logprob == -std::sqrt(2.0));
      CHECK(s[0].tokens == 3);
      CHECK((s[0].greedy && !s[1].greedy));
      CHECK(s[1].first_token_logprob == -INFINITY);
    });
  CHECK(model.asked == 1);
  auto other = requests;
  other[0].continuations = {"Yes", "No", "no"};
  journaled{model, keep}.score(other, [](std::size_t, outcome<std::vector<continuation_score>>) {});
  CHECK(model.asked == 2);
  other[0].joined = true;  // other tokens, so other likelihoods
  for (int round = 0; round < 2; ++round)
    journaled{model, keep}.score(other, [](std::size_t, outcome<std::vector<continuation_score>>) {});
  CHECK(model.asked == 3);
}

TEST_CASE("where rows depend on their batch, a stopped run asks the same batches as one that was not") {
  test::temporary_folder const folder;
  // Each answer tells how many rows were asked for with it: a stand-in for rounding.
  counting model{.independent = false};
  model.say = [](generation_request const& r, std::size_t rows) {
    return outcome<completion>{completion{user_text(r.input) + "/" + std::to_string(rows), {}, 1, 1}};
  };
  std::vector<generation_request> requests;
  for (int i = 0; i < 8; ++i) requests.push_back(ask(std::to_string(i)));
  std::vector<std::string> want;
  {
    journal keep{folder / "whole"};
    want = texts(journaled{model, keep}, requests);
  }
  CHECK(want == std::vector<std::string>{"0/3|1", "1/3|1", "2/3|1", "3/3|1", "4/3|1", "5/3|1", "6/2|1", "7/2|1"});
  for (std::size_t stop = 0; stop <= 8; ++stop) {
    auto const path = folder / ("stopped " + std::to_string(stop));
    auto faulty = model;
    faulty.say = [&](generation_request const& r, std::size_t rows) {
      if (faulty.asked > stop) throw error{"stopped"};
      return model.say(r, rows);
    };
    faulty.asked = 0;
    try {
      journal keep{path};
      texts(journaled{faulty, keep}, requests);
    } catch (error const&) {
    }
    journal keep{path};
    auto counted = model;
    counted.asked = 0;
    CAPTURE(stop);
    CHECK(texts(journaled{counted, keep}, requests) == want);
    CHECK(counted.asked == 8 - (stop == 8 ? 8 : stop / 3 * 3));
  }
}

TEST_CASE("a record that is no answer is requested again") {
  test::temporary_folder const folder;
  counting model;
  journal keep{folder / "j"};
  texts(journaled{model, keep}, {ask("a")});
  for (std::string const bytes :
       {"", "x",
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}) {
    completion c;
    CHECK(!detail::unpacker{bytes}(c));
    std::vector<continuation_score> s;
    CHECK(!detail::unpacker{bytes}(s));
  }
}
