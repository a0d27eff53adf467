// SPDX-License-Identifier: Apache-2.0
// What becomes of a model's likelihoods and answers: choices, metrics, reasoning that is cut, failures that are not counted,
// the difference of two models, a line a question.
#include <cmath>
#include <cstddef>
#include <ease/backend/scripted.hpp>
#include <ease/io/json/json_members.hpp>
#include <ease/measure/benchmark_report.hpp>
#include <ease/measure/measure_task.hpp>
#include <ease/measure/task_scores.hpp>
#include <ease/measure/tasks/all.hpp>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "catch.hpp"

using namespace ease;

namespace {

scripted_options const how{.window = 2, .order = completion_order::reversed};

scripted_model scoring(scripted_scorer::script scored) {
  return {[](generation_request const&) { return fail("not asked"); }, std::move(scored), how};
}
scripted_model saying(scripted_generator::script generated) {
  return {std::move(generated),
          [](score_request const&) -> outcome<std::vector<continuation_score>> { return failure{"not asked"}; }, how};
}

task_items items_of(std::string_view task, std::vector<question> questions, std::string before = {}) {
  task_items out{.kind = &benchmark_named(task)};
  auto& part = out.parts.emplace_back();
  part.before = std::move(before);
  for (std::size_t i = 0; i < questions.size(); ++i) part.rows.push_back(i + 10);
  part.items = std::move(questions);
  return out;
}

question choices(std::string text, std::vector<std::string> all, std::size_t gold) {
  return choice_question{.text = std::move(text), .choices = std::move(all), .gold = gold};
}

std::vector<continuation_score> scores(std::vector<double> const& values) {
  std::vector<continuation_score> all;
  for (double const one : values) all.push_back({.logprob = one, .tokens = 1});
  return all;
}

}  // namespace

TEST_CASE("the likeliest choice counts, and the likeliest by characters, and of equal ones the first") {
  auto const items = items_of("arc_easy", {choices("a", {"one", "a longer one"}, 1), choices("b", {"x", "é", "z"}, 1)});
  auto model = scoring([](score_request const& r) -> outcome<std::vector<continuation_score>> {
    if (std::get<plain_text>(r.input).text == "a") return scores({-3, -6});  // -1 and -0.5 a character
    return scores({-2, -2, -2});
  });
  auto const found = measure_task(items, model);
  REQUIRE(found.size() == 2);
  CHECK(found[0].logprobs == std::vector<double>{-3, -6});
  CHECK(found[0].choice == 0);
  CHECK(found[0].normalised == 1);
  CHECK((!found[0].right[0] && found[0].right[1]));
  CHECK(found[1].choice == 0);
  CHECK(found[1].normalised == 0);  // é is one character
  auto const all = scores_of(items, "m", found, 0.5);
  CHECK(all.questions == 2);
  CHECK(all.questions_a_second == 4);
  REQUIRE(all.metrics.size() == 2);
  CHECK((all.metrics[0].right == 0 && all.metrics[1].right == 1 && all.metrics[1].value == 0.5));
  CHECK(item_line(items, "m", found[0], items.parts[0].items[0]) ==
        R"({"task":"arc_easy","model":"m","index":10,"loglikelihoods":[-3.0,-6.0],"choice":0,"choice_norm":1,"gold":1,)"
        R"("right":{"acc":false,"acc_norm":true}})");
}

TEST_CASE("a choice that is a context is scored by what follows it") {
  auto const items = items_of(
      "winogrande", {choice_question{.choices = {"So Ann ", "So Bea "}, .gold = 1, .ending = "left."}}, "Before.\n\n");
  std::vector<std::string> asked;
  auto model = scoring([&](score_request const& r) -> outcome<std::vector<continuation_score>> {
    REQUIRE(r.continuations.size() == 1);
    asked.push_back(std::get<plain_text>(r.input).text + "|" + r.continuations[0]);
    return scores({asked.back().find("Bea") != std::string::npos ? -1.0 : -2.0});
  });
  auto const found = measure_task(items, model);
  CHECK(asked == std::vector<std::string>{"Before.\n\nSo Bea|  left.", "Before.\n\nSo Ann|  left."});
  CHECK(found[0].logprobs == std::vector<double>{-2, -1});
  CHECK(found[0].right[0]);
  CHECK(scores_of(items, "m", found, 1).metrics.size() == 1);
  CHECK(requests_of(items) == 2);
}

TEST_CASE("a question that cannot be asked is counted apart") {
  auto const items =
      items_of("piqa", {choices("a", {"p", "q"}, 0), choices("b", {"p", "q"}, 0), choices("c", {"p", "q"}, 0)});
  auto model = scoring([](score_request const& r) -> outcome<std::vector<continuation_score>> {
    auto const& text = std::get<plain_text>(r.input).text;
    if (text == "b") return failure{"too long"};
    if (text == "c") return scores({-std::numeric_limits<double>::infinity(), -1});
    return scores({-1, -2});
  });
  auto const found = measure_task(items, model);
  auto const all = scores_of(items, "m", found, 1);
  CHECK(all.failed == 2);
  CHECK(all.first_failure == "too long");
  CHECK((all.metrics[0].of == 1 && all.metrics[0].right == 1));
  CHECK(item_line(items, "m", found[1], items.parts[0].items[1]) ==
        R"({"task":"piqa","model":"m","index":11,"failure":"too long"})");
  benchmark_report const report{.scores = {all}};
  CHECK(report.failures() == 2);
  CHECK(benchmark_table(report).find("2 of 3 could not be asked") != std::string::npos);
  CHECK(differences_of(items, "m", found, "n", found)[0].questions == 1);
}

TEST_CASE("reasoning is cut up to its last end, and one that does not end is unanswered") {
  std::vector<question> questions;
  for (int i = 0; i < 5; ++i)
    questions.emplace_back(open_question{.text = "Question: " + std::to_string(i) + "\nAnswer:", .answer = "so\n#### 4"});
  auto const items = items_of("gsm8k", questions, "Shots.\n\n");
  std::vector<std::string> const says{" 2+2\n#### 4", "<think>\n#### 5</think>\n\n#### 4", " <think> it is 4",
                                      "<think>#### 1</think> no <think>#### 2</think>\n#### 4.", "it is 5 or 4"};
  auto model = saying([&](generation_request const& r) -> outcome<completion> {
    auto const& text = std::get<plain_text>(r.input).text;
    CHECK(text.starts_with("Shots.\n\nQuestion: "));
    CHECK(r.sampling.temperature == 0);
    CHECK(r.sampling.max_tokens == 77);
    CHECK(r.sampling.stop == std::vector<std::string>{"Question:", "</s>", "<|im_end|>"});
    return completion{.text = says.at(static_cast<std::size_t>(text[18] - '0'))};
  });
  auto const found = measure_task(items, model, {.max_tokens = 77});
  std::vector<std::pair<std::string, std::string>> extracted;
  for (auto const& one : found) extracted.emplace_back(one.extracted[0], one.extracted[1]);
  CHECK(extracted == std::vector<std::pair<std::string, std::string>>{
                         {"4", "4"}, {"4", "4"}, {"", ""}, {"4.", "4."}, {"[invalid]", "4"}});
  CHECK((found[0].right[0] && found[1].right[0] && found[3].right[0] && found[3].right[1]));
  CHECK((!found[4].right[0] && found[4].right[1]));
  auto const all = scores_of(items, "m", found, 1);
  CHECK(all.unanswered == 1);
  CHECK(all.failed == 0);
  CHECK((all.metrics[0].of == 5 && all.metrics[0].right == 3 && all.metrics[1].right == 4));
  CHECK(item_line(items, "m", found[4], items.parts[0].items[4]) ==
        R"({"task":"gsm8k","model":"m","index":14,"unanswered":false,"extracted":{"strict_match":"[invalid]",)"
        R"("flexible_extract":"4"},"gold":"4","exact_match":{"strict_match":false,"flexible_extract":true}})");
  CHECK(benchmark_table({.scores = {all}}).find("1 of 5 unanswered") != std::string::npos);
}

TEST_CASE("subjects have rows of their own, and all of their questions weigh the same") {
  auto items = items_of("mmlu", {choices("a", {"A", "B"}, 0)}, "first ");
  items.parts[0].name = "one";
  items.parts.push_back(items.parts[0]);
  items.parts[1].name = "two", items.parts[1].before = "second ";
  items.parts[1].items = {choices("a", {"A", "B"}, 1), choices("b", {"A", "B"}, 1), choices("c", {"A", "B"}, 0)};
  items.parts[1].rows = {0, 1, 2};
  auto model = scoring([&](score_request const&) -> outcome<std::vector<continuation_score>> { return scores({-1, -2}); });
  auto const found = measure_task(items, model);
  auto const all = scores_of(items, "m", found, 1);
  REQUIRE(all.parts.size() == 2);
  CHECK((all.metrics.size() == 1 && all.metrics[0].value == 0.5));
  CHECK((all.parts[0].part == "one" && all.parts[0].metrics[0].value == 1));
  CHECK((all.parts[1].questions == 3 && all.parts[1].metrics[0].right == 1));
  CHECK(from_json_text<task_scores>(to_json_text(all), "scores").parts[1].metrics[0].of == 3);
}

TEST_CASE("two models at the same questions: the difference and who alone is right") {
  auto const items = items_of("winogrande", std::vector<question>(8, choices("a", {"p", "q"}, 0)));
  std::vector<item_result> first(8), second(8);
  for (std::size_t i = 0; i < 8; ++i) first[i].right[0] = i < 3, second[i].right[0] = i == 0 || i > 3;
  auto const found = differences_of(items, "base", first, "tuned", second);
  REQUIRE(found.size() == 1);
  CHECK((found[0].first == "base" && found[0].second == "tuned" && found[0].questions == 8));
  CHECK(found[0].difference == 0.25);
  CHECK((found[0].only_first == 2 && found[0].only_second == 4));
  CHECK((found[0].low < 0.25 && found[0].high > 0.25));
  CHECK(std::abs(found[0].p - 2 * (1 + 6 + 15) / 64.0) < 1e-12);  // at most 2 heads of 6, both ways
  CHECK(benchmark_table({.differences = found}).find("tuned less base: +25.00 points") != std::string::npos);
}

TEST_CASE("the table names each model in full, once for its metrics") {
  for (std::size_t const length : {5, 15, 16, 31, 32, 40, 48, 90}) {
    task_scores one{.task = "piqa", .model = std::string(length, 'm'), .questions = 4};
    one.metrics = {{.metric = "acc", .right = 1, .of = 4, .value = 0.25},
                   {.metric = "acc_norm", .right = 2, .of = 4, .value = 0.5}};
    auto const table = benchmark_table({.scores = {one, one}});
    std::size_t lines = 0, named = 0;
    for (std::size_t at = 0; (at = table.find('\n', at)) != table.npos; ++at) ++lines;
    for (std::size_t at = 0; (at = table.find("  " + one.model + "  acc", at)) != table.npos; ++at) ++named;
    CHECK(lines == 5);
    CHECK(named == 2);
    CHECK(table.find(" 25.00 ") != table.npos);
  }
}

TEST_CASE("a name that is no benchmark is refused with those there are") {
  CHECK_THROWS_WITH(benchmark_named("mlmu"), Catch::Contains("mmlu, gsm8k, arc_easy"));
}
