// SPDX-License-Identifier: Apache-2.0
// The same question is read from each layout that it is published in: the hub's, the authors' files, and the one of
// docs/command_line.md. What is none of them is refused with file, line and key.
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/measure/task_files.hpp>
#include <ease/measure/task_items.hpp>
#include <ease/measure/tasks/all.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"

using namespace ease;

namespace {

choice_question read_as(std::string_view task, std::string const& json) {
  return std::get<choice_question>(benchmark_named(task).read(task_row::of_json("rows.jsonl:7", json)));
}

void same(choice_question const& a, choice_question const& b) {
  CHECK(a.text == b.text);
  CHECK(a.choices == b.choices);
  CHECK(a.ending == b.ending);
  CHECK(a.gold == b.gold);
}

std::string problem_of(auto&& action) {
  try {
    action();
  } catch (error const& problem) {
    return problem.what();
  }
  return {};
}

void put(std::filesystem::path const& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream{path} << text;
}

bool has(std::string const& text, std::string_view what) { return text.find(what) != text.npos; }

}  // namespace

TEST_CASE("one question in each layout is the same question") {
  for (auto const* const task : {"arc_easy", "arc_challenge"}) {
    auto const ours = read_as(task, R"({"query": "Question: Why?", "choices": ["x", "y", "z"], "gold": 1})");
    same(ours, read_as(task, R"({"id": "a", "question": "Why?", "answerKey": "2",
                                 "choices": {"text": ["x", "y", "z"], "label": ["1", "2", "3"]}})"));
    same(ours, read_as(task, R"({"answerKey": "B", "question": {"stem": "Why?", "choices": [
                                 {"text": "x", "label": "A"}, {"text": "y", "label": "B"}, {"text": "z", "label": "C"}]}})"));
  }
  same(read_as("openbook_qa", R"({"query": "Cats eat", "choices": ["fish", "iron"], "gold": 0})"),
       read_as("openbook_qa", R"({"question_stem": "Cats eat", "answerKey": " A",
                                  "choices": {"text": ["fish", "iron"], "label": ["A", "B"]}})"));
  same(read_as("openbook_qa", R"({"query": "Cats eat", "choices": ["fish", "iron"], "gold": 0})"),
       read_as("openbook_qa", R"({"question": {"stem": "Cats eat", "choices": [{"text": "fish", "label": "A"},
                                  {"text": "iron", "label": "B"}]}, "answerKey": "A"})"));
  same(read_as("piqa", R"({"query": "Question: ice box\n", "choices": ["a", "b"], "gold": 1})"),
       read_as("piqa", R"({"goal": "ice box", "sol1": "a", "sol2": "b", "label": 1})"));
  same(read_as("winogrande", R"({"context_options": ["So Ann", "So Bea"], "continuation": "left.", "gold": 1})"),
       read_as("winogrande", R"({"sentence": "So _ left.", "option1": "Ann", "option2": "Bea", "answer": "2"})"));
  same(read_as("hellaswag", R"({"query": "Tea: A man Sits down", "choices": ["so", "no"], "gold": 1})"),
       read_as("hellaswag", R"({"activity_label": "Tea", "ctx_a": "A man", "ctx_b": "sits Down", "endings": ["so", "no"],
                                "label": "1"})"));
  same(read_as("mmlu", R"({"question": " Why? ", "choices": ["p", "q", "r", "s"], "answer": 3})"),
       read_as("mmlu",
               R"({"question": "Why?", "choice0": "p", "choice1": "q", "choice2": "r", "choice3": "s", "answer": "D"})"));
}

TEST_CASE("a row that is none of a task's names file, line and key") {
  auto const why = [](std::string_view task, std::string const& json) { return problem_of([&] { read_as(task, json); }); };
  CHECK(why("arc_easy", R"({"query": "Question: Why?", "choices": ["x"], "gold": 1})") ==
        "rows.jsonl:7: \"gold\": expected a number from 0 to 0");
  CHECK(has(why("arc_easy", R"({"question": "Why?", "answerKey": "E", "choices": {"text": ["x"], "label": ["A"]}})"),
            "rows.jsonl:7: \"answerKey\""));
  CHECK(has(why("piqa", R"({"goal": "x", "sol1": "a", "sol2": "b"})"), "rows.jsonl:7: \"label\": missing"));
  CHECK(has(why("winogrande", R"({"sentence": "none", "option1": "a", "option2": "b", "answer": "1"})"), "\"sentence\""));
  CHECK(has(why("winogrande", R"({"sentence": "a _ b", "option1": "a", "option2": "b", "answer": ""})"), "\"answer\""));
  CHECK(has(why("hellaswag", R"({"activity_label": "x", "ctx_a": "a", "ctx_b": "b", "endings": ["c"], "label": ""})"),
            "\"label\""));
  CHECK(has(why("mmlu", R"({"question": "x", "choices": ["a", "b", "c"], "answer": 0})"), "\"choices\""));
  CHECK(has(why("mmlu", R"({"question": 3, "choices": ["a", "b", "c", "d"], "answer": 0})"), "\"question\""));
  CHECK(has(why("gsm8k", R"(["no object"])"), "rows.jsonl:7"));
}

TEST_CASE("files are found in the authors' layouts too") {
  test::temporary_folder const folder;
  put(folder / "test/virology_test.csv", "\"Why, then?\",p,q,r,s,B\nHow?,p,q,r,s,D\n");  // no header
  put(folder / "dev/virology_dev.csv", "Who?,p,q,r,s,A\n");
  put(folder / "piqa/valid.jsonl", R"({"goal": "x", "sol1": "a", "sol2": "b"})"
                                   "\n"
                                   R"({"goal": "y", "sol1": "a", "sol2": "b"})");
  put(folder / "piqa/valid-labels.lst", "1\n0\n");
  auto const data = folder.path().string();
  auto const subjects = read_task(benchmark_named("mmlu"), {.data = data, .shots = 1});
  REQUIRE(subjects.parts.size() == 1);
  CHECK(subjects.parts[0].name == "virology");
  CHECK(has(subjects.parts[0].before, "about virology.\n\nWho?\nA. p"));
  REQUIRE(subjects.size() == 2);
  CHECK(std::get<choice_question>(subjects.parts[0].items[0]).gold == 1);
  CHECK(std::get<choice_question>(subjects.parts[0].items[1]).gold == 3);
  auto const goals = read_task(benchmark_named("piqa"), {.data = data});
  REQUIRE(goals.size() == 2);
  CHECK(std::get<choice_question>(goals.parts[0].items[0]).gold == 1);

  CHECK(read_task(benchmark_named("piqa"), {.data = data, .limit = 1}).size() == 1);
  auto const missing = problem_of([&] { read_task(benchmark_named("gsm8k"), {.data = data}); });
  CHECK((has(missing, "gsm8k/test.jsonl") && has(missing, data)));
  auto const no_shots = problem_of([&] { read_task(benchmark_named("piqa"), {.data = data, .shots = 2}); });
  CHECK((has(no_shots, "piqa_train.jsonl") && has(no_shots, "--shots 0")));
  auto const few = problem_of([&] { read_task(benchmark_named("mmlu"), {.data = data}); });
  CHECK((has(few, "virology") && has(few, "--shots 1")));
  CHECK(has(problem_of([&] { read_task(benchmark_named("mmlu"), {.data = data + "/none"}); }), "no such folder"));
  put(folder / "winogrande.jsonl", "{\"query\": 1}\n");
  auto const other = problem_of([&] { read_task(benchmark_named("winogrande"), {.data = data}); });
  CHECK((has(other, "winogrande.jsonl:1") && has(other, "context_options, continuation, gold")));
  CHECK(has(problem_of([&] { read_task(benchmark_named("piqa"), {}); }), "--data"));
}
