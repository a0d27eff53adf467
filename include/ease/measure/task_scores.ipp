// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of measure/task_scores.hpp; core/compiled.hpp says where they are compiled.
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/measure/statistics/mcnemar.hpp>
#include <ease/measure/statistics/paired_difference.hpp>
#include <ease/measure/statistics/wilson.hpp>
#include <ease/measure/task_scores.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

namespace detail {

inline std::vector<metric_score> metrics_of(task_kind const& kind, std::span<item_result const> results, auto const& takes) {
  std::vector<metric_score> all;
  for (std::size_t m = 0; m < kind.metrics(); ++m) {
    metric_score one{.metric = std::string{kind.facts.metrics[m]}};
    for (auto const& r : results)
      if (r.failure.empty() && takes(r)) ++one.of, one.right += r.right[m] ? 1U : 0U;
    if (one.of > 0) {
      one.value = static_cast<double>(one.right) / static_cast<double>(one.of);
      auto const range = wilson_interval(one.right, one.of);
      one.low = range.low, one.high = range.high;
    }
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace detail

EASE_INLINE task_scores scores_of(task_items const& items, std::string model, std::span<item_result const> results,
                                  double seconds) {
  task_scores out{.task = std::string{items.kind->facts.name},
                  .model = std::move(model),
                  .shots = items.shots,
                  .questions = results.size(),
                  .seconds = seconds};
  if (seconds > 0) out.questions_a_second = static_cast<double>(results.size()) / seconds;
  for (auto const& r : results) {
    out.unanswered += r.unanswered ? 1U : 0U;
    if (!r.failure.empty() && out.failed++ == 0) out.first_failure = r.failure;
  }
  out.metrics = detail::metrics_of(*items.kind, results, [](auto const&) { return true; });
  if (items.parts.size() < 2) return out;
  for (std::size_t p = 0; p < items.parts.size(); ++p) {
    part_score one{.part = items.parts[p].name, .questions = items.parts[p].items.size()};
    for (auto const& r : results) one.failed += r.part == p && !r.failure.empty() ? 1U : 0U;
    one.metrics = detail::metrics_of(*items.kind, results, [&](auto const& r) { return r.part == p; });
    out.parts.push_back(std::move(one));
  }
  return out;
}

EASE_INLINE std::vector<score_difference> differences_of(task_items const& items, std::string const& first_model,
                                                         std::span<item_result const> first, std::string const& second_model,
                                                         std::span<item_result const> second) {
  std::vector<score_difference> all;
  for (std::size_t m = 0; m < items.kind->metrics(); ++m) {
    score_difference one{.task = std::string{items.kind->facts.name},
                         .metric = std::string{items.kind->facts.metrics[m]},
                         .first = first_model,
                         .second = second_model};
    std::vector<double> a, b;
    for (std::size_t i = 0; i < first.size(); ++i) {
      if (!first[i].failure.empty() || !second[i].failure.empty()) continue;
      a.push_back(first[i].right[m] ? 1 : 0), b.push_back(second[i].right[m] ? 1 : 0);
      one.only_first += a.back() > b.back() ? 1U : 0U;
      one.only_second += b.back() > a.back() ? 1U : 0U;
    }
    one.questions = a.size();
    one.p = mcnemar(one.only_first, one.only_second).p();
    if (!a.empty()) {
      auto const found = paired_difference(a, b);
      one.difference = found.difference, one.low = found.low, one.high = found.high;
    }
    all.push_back(std::move(one));
  }
  return all;
}

EASE_INLINE std::string item_line(task_items const& items, std::string const& model, item_result const& result,
                                  question const& asked) {
  auto const& kind = *items.kind;
  auto const& part = items.parts[result.part];
  std::string line;
  json_writer w{line, bad_utf8::replace};
  w.object().key("task").value(kind.facts.name).key("model").value(model);
  if (!part.name.empty()) w.key("part").value(part.name);
  w.key("index").value(result.row);
  if (!result.failure.empty()) {
    w.key("failure").value(result.failure).end();
    return line;
  }
  if (auto const* q = std::get_if<choice_question>(&asked)) {
    w.key("loglikelihoods").array();
    for (double const one : result.logprobs) w.value(one);
    w.end().key("choice").value(result.choice).key("choice_norm").value(result.normalised).key("gold").value(q->gold);
  } else {
    w.key("unanswered").value(result.unanswered).key("extracted").object();
    for (std::size_t m = 0; m < kind.metrics(); ++m) w.key(kind.facts.metrics[m]).value(result.extracted[m]);
    w.end().key("gold").value(kind.rules.extract(std::get<open_question>(asked).answer, 0));
  }
  w.key(kind.is_open() ? "exact_match" : "right").object();
  for (std::size_t m = 0; m < kind.metrics(); ++m) w.key(kind.facts.metrics[m]).value(result.right[m]);
  w.end().end();
  return line;
}

}  // namespace ease::inline v1
