// SPDX-License-Identifier: Apache-2.0
// What is asked of a model for each benchmark, against what lm-eval asks for the same rows
// (tests/oracle/measure/benchmark_requests.py); HellaSwag's cleaning and GSM8K's numbers against lm-eval's.
#include <algorithm>
#include <cstddef>
#include <ease/io/json/json_members.hpp>
#include <ease/io/json/raw_json.hpp>
#include <ease/measure/measure_task.hpp>
#include <ease/measure/tasks/all.hpp>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "catch.hpp"

using namespace ease;

namespace {

std::string const folder = EASE_FIXTURES "/measure";

template <class Row>
std::vector<Row> rows_of(std::string const& name) {
  std::ifstream in{folder + "/" + name};
  std::vector<Row> all;
  for (std::string line; std::getline(in, line);) all.push_back(from_json_text<Row>(line, name));
  return all;
}

struct expected_request {
  std::string task, part;
  std::size_t shots{0}, row{0};
  std::vector<std::string> contexts, continuations;
  std::vector<std::size_t> lengths;
  std::string context;
  json_text gold;
  static constexpr auto members() {
    using e = expected_request;
    return std::tuple{
        member("task", &e::task),       member("part", &e::part),         member("shots", &e::shots),
        member("row", &e::row),         member("contexts", &e::contexts), member("continuations", &e::continuations),
        member("lengths", &e::lengths), member("context", &e::context),   member("gold", &e::gold)};
  }
};

// The pairs that a question's requests come to, choice by choice.
std::vector<std::pair<std::string, std::string>> pairs_of(std::string const& before, choice_question const& q) {
  std::vector<std::pair<std::string, std::string>> all;
  for (auto const& one : likelihood_requests(before, q)) {
    CHECK(one.joined);
    for (auto const& text : one.continuations) all.emplace_back(std::get<plain_text>(one.input).text, text);
  }
  return all;
}

struct scene {
  std::string activity_label, ctx_a, ctx_b, query;
  std::vector<std::string> endings, choices;
  json_text label;
  static constexpr auto members() {
    using s = scene;
    return std::tuple{member("activity_label", &s::activity_label),
                      member("ctx_a", &s::ctx_a),
                      member("ctx_b", &s::ctx_b),
                      member("query", &s::query),
                      member("endings", &s::endings),
                      member("choices", &s::choices),
                      member("label", &s::label)};
  }
};

struct found_number {
  std::string answer, gold;
  std::vector<std::string> extracted;
  std::vector<bool> equal;
  static constexpr auto members() {
    using f = found_number;
    return std::tuple{member("answer", &f::answer), member("gold", &f::gold), member("extracted", &f::extracted),
                      member("equal", &f::equal)};
  }
};

}  // namespace

TEST_CASE("every benchmark asks what lm-eval asks, with its own shots and with two") {
  std::map<std::pair<std::string, std::size_t>, task_items> read;
  std::set<std::string> seen;
  auto const all = rows_of<expected_request>("requests.jsonl");
  REQUIRE(all.size() > 60);
  for (auto const& wanted : all) {
    INFO(wanted.task << " " << wanted.part << " " << wanted.row << " with " << wanted.shots << " shots");
    seen.insert(wanted.task);
    auto const& kind = benchmark_named(wanted.task);
    auto& items = read[{wanted.task, wanted.shots}];
    if (items.kind == nullptr) items = read_task(kind, {.data = folder + "/benchmarks", .shots = wanted.shots});
    auto const part = std::ranges::find(items.parts, wanted.part, &task_part::name);
    REQUIRE(part != items.parts.end());
    REQUIRE(wanted.row < part->items.size());
    CHECK(part->rows[wanted.row] == wanted.row);
    if (auto const* open = std::get_if<open_question>(&part->items[wanted.row])) {
      CHECK(part->before + open->text == wanted.context);
      CHECK(open->answer == ease::detail::raw_parser{}.as<std::string>(wanted.gold.text));
      continue;
    }
    auto const& q = std::get<choice_question>(part->items[wanted.row]);
    auto const pairs = pairs_of(part->before, q);
    REQUIRE(pairs.size() == wanted.contexts.size());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      CHECK(pairs[i].first == wanted.contexts[i]);
      CHECK(pairs[i].second == wanted.continuations[i]);
      CHECK(characters_in(q.choices[i]) == wanted.lengths[i]);
    }
    CHECK(std::to_string(q.gold) == wanted.gold.text);
  }
  CHECK(seen.size() == benchmarks.size());
}

TEST_CASE("the shots where none are asked for are those of lm-eval, or of the harness's leaderboards for mmlu") {
  std::map<std::string, std::size_t> const shots{{"mmlu", 5}, {"gsm8k", 5}};
  for (auto const& one : benchmarks) {
    auto const at = shots.find(std::string{one.facts.name});
    CHECK(one.facts.shots == (at == shots.end() ? 0 : at->second));
  }
}

TEST_CASE("HellaSwag's scenes are cleaned as lm-eval cleans them") {
  auto const all = rows_of<scene>("hellaswag.jsonl");
  REQUIRE(all.size() == 200);
  for (auto const& one : all) {
    raw_members members{{"activity_label", to_json_text(one.activity_label)},
                        {"ctx_a", to_json_text(one.ctx_a)},
                        {"ctx_b", to_json_text(one.ctx_b)},
                        {"endings", to_json_text(one.endings)},
                        {"label", one.label.text}};
    auto const q = hellaswag::read(task_row{"scenes", std::move(members)});
    CHECK(q.text == one.query);
    CHECK(q.choices == one.choices);
  }
}

TEST_CASE("GSM8K's results are found and compared as lm-eval does") {
  auto const all = rows_of<found_number>("gsm8k.jsonl");
  REQUIRE(all.size() == 240);
  for (auto const& one : all) {
    INFO(one.answer);
    for (std::size_t m = 0; m < 2; ++m) {
      CHECK(gsm8k::extract(one.answer, m) == one.extracted[m]);
      CHECK(gsm8k::equal(one.extracted[m], one.gold) == one.equal[m]);
    }
  }
}
