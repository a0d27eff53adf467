// SPDX-License-Identifier: Apache-2.0
// Models, guards, classifiers and teachers by the names that a user gives at run time.
#include <ease/backend/scripted.hpp>
#include <ease/named/chosen.hpp>
#include <ease/named/journaled_models.hpp>
#include <ease/named/look_ahead.hpp>
#include <ease/named/model.hpp>
#include <ease/named/model_cache.hpp>
#include <ease/named/named_model.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"

namespace {
using namespace ease;

std::string const local{EASE_FIXTURES "/llm/llama_chat"};
model_options const on_cpu{.precision = "float32", .device = "cpu"};

std::vector<generation_request> one_request() {
  return {{.input = conversation{{role::user, "hello"}}, .sampling = {.temperature = 0, .max_tokens = 3}, .row = 1}};
}
std::string answer_of(auto& model) {
  std::string text;
  model.generate(one_request(), [&](std::size_t, outcome<completion> what) { text = std::get<completion>(what).text; });
  return text;
}

}  // namespace

TEST_CASE("a name says whether a model is remote") {
  CHECK(is_remote("openai:gpt-4o"));
  CHECK_FALSE(is_remote("openai/gpt-oss"));
}

TEST_CASE("what tokens cost follows from the prices that are known") {
  openai_usage used;
  used.prompt_tokens = 2'000'000, used.completion_tokens = 1'000'000;
  CHECK_FALSE(cost_of(used, {}));
  CHECK(cost_of(used, {.price_in = 0.5}) == 1.0);
  CHECK(cost_of(used, {.price_in = 0.5, .price_out = 3}) == 4.0);
  used.cached_tokens = 1'000'000;
  CHECK(cost_of(used, {.price_in = 0.5, .price_out = 3}) == 4.0);
  CHECK(cost_of(used, {.price_in = 0.5, .price_out = 3, .price_cached = 0.25}) == 3.75);
}

TEST_CASE("a cache opens a model once and its journal answers again") {
  test::temporary_folder const folder;
  auto const journal_path = (folder / "out.jsonl.journal").string();
  std::string first;
  {
    model_cache cache{on_cpu};
    cache.keep_in(journal_path);
    CHECK(&cache.open(local) == &cache.open(local));
    REQUIRE(cache.identities().size() == 1);
    journaled_models open{cache, "test"};
    first = answer_of(open(local));
    cache.keep_no_more(true);
  }
  model_cache cache{on_cpu};
  cache.keep_in(journal_path);
  journaled_models open{cache, "test"};
  auto& again = open(local);
  CHECK(answer_of(again) == first);
  CHECK(again.replayed() == 1);
  cache.keep_no_more(false);
  CHECK_FALSE(std::filesystem::exists(journal_path));
}

TEST_CASE("a named model is known before it is open and answers as the opened one does") {
  model_room room;
  named_models models{on_cpu, room};
  auto& model = models(local);
  CHECK(&model == &models(local));
  CHECK_FALSE(model.is_open());
  CHECK(model.identity().find("files=") != std::string::npos);
  auto const opened = open_model(local, on_cpu);
  CHECK(answer_of(model) == answer_of(*opened));
  CHECK(model.is_open());
}

TEST_CASE("a model that cannot be opened is named before the work") {
  look_at_models({local, "openai:m@http://localhost:1"}, {});
  CHECK_THROWS_AS(look_at_models({"/no/model"}, {}), error);
  CHECK(look_at_trainable(local, {}) > 0);
  test::temporary_folder const folder;
  std::vector<std::string> said;
  look_at_room(folder.path(), 1, 1, [&](std::string const& line) { said.push_back(line); });
  CHECK(said.empty());
  look_at_room(folder.path(), 1, std::uint64_t{1} << 62U, [&](std::string const& line) { said.push_back(line); });
  REQUIRE(said.size() == 1);
  CHECK(said[0].find("with the checkpoints") != std::string::npos);
  CHECK_THROWS_WITH(look_at_room(folder.path(), std::uint64_t{1} << 62U, 0, {}), Catch::Contains("are free there"));
}

TEST_CASE("kinds have the names and the help that their list says") {
  auto const listed_in_help = [](auto const& kind) {
    CHECK_THAT(std::string{help_of<guard_kinds>}, Catch::Contains(std::string{kind.name}));
  };
  std::apply([&](auto const&... kind) { (listed_in_help(kind), ...); }, guard_kinds);
  CHECK_THAT(std::string{help_of<guard_kinds>}, Catch::StartsWith("refusal (stock phrases, no model), "));
  CHECK(facts_of(guard_kinds, "judge").asks_model);
  CHECK_FALSE(facts_of(guard_kinds, "refusal").asks_model);
  CHECK_FALSE(facts_of(guard_kinds, "nobody").asks_model);
  // An option that a kind leaves idle is refused with that kind's name.
  constexpr std::tuple two{named_kind{"a", "", kind_facts{.asks_model = false}, 0}, named_kind{"b", "", kind_facts{}, 0}};
  CHECK(facts_of(two, "b").asks_model);
  CHECK(guard_choice{.kind = "refusal"}.judges_no_reasoning() == "the guard 'refusal' judges no reasoning");
  CHECK(guard_choice{.kind = "judge"}.judges_no_reasoning().empty());
  CHECK(names_of<teacher_kinds>.problem("nobody").has_value());
}

TEST_CASE("a guard by name judges as its type does") {
  model_room room;
  named_models models{on_cpu, room};
  chosen_guard guard{{.kind = "refusal"}, models};
  CHECK(guard.reads_refusals());
  CHECK_THROWS_WITH((chosen_guard{{.kind = "judge"}, models}), Catch::Contains("guard judge: name its model"));
  CHECK_THROWS_WITH((chosen_guard{{.kind = "none"}, models}), Catch::Contains("is not known; choose"));
}
