// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a model's results at a benchmark come to, and what lies between two models at the same questions.
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/io/json/json_members.hpp>
#include <ease/measure/measure_task.hpp>
#include <ease/measure/task_items.hpp>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace ease::inline v1 {

// A share of right answers with its 95 % interval (Wilson's).
struct metric_score {
  std::string metric{};
  std::size_t right{0}, of{0};
  std::optional<double> value{}, low{}, high{};  // nothing where no question could be put to the model

  static constexpr auto members() {
    using m = metric_score;
    return std::tuple{member("metric", &m::metric), member("right", &m::right), member("of", &m::of),
                      member("value", &m::value),   member("low", &m::low),     member("high", &m::high)};
  }
};

struct part_score {
  std::string part{};
  std::size_t questions{0}, failed{0};
  std::vector<metric_score> metrics{};

  static constexpr auto members() {
    using p = part_score;
    return std::tuple{member("part", &p::part), member("questions", &p::questions), member("failed", &p::failed),
                      member("metrics", &p::metrics)};
  }
};

struct task_scores {
  std::string task{}, model{};
  std::size_t shots{0}, questions{0};
  std::size_t failed{0};      // questions that could not be put to the model; no metric counts them
  std::size_t unanswered{0};  // reasoning that did not end; counted as wrong
  std::string first_failure{};
  double seconds{0}, questions_a_second{0};
  std::vector<metric_score> metrics{};
  std::vector<part_score> parts{};

  static constexpr auto members() {
    using t = task_scores;
    return std::tuple{member("task", &t::task),
                      member("model", &t::model),
                      member("shots", &t::shots),
                      member("questions", &t::questions),
                      member("failed", &t::failed),
                      member("unanswered", &t::unanswered),
                      member("first_failure", &t::first_failure),
                      member("seconds", &t::seconds),
                      member("questions_a_second", &t::questions_a_second),
                      member("metrics", &t::metrics),
                      member("parts", &t::parts)};
  }
};

// The second model's share of right answers less the first one's, over the questions that both were asked.
struct score_difference {
  std::string task{}, metric{}, first{}, second{};
  std::size_t questions{0};
  double difference{0}, low{0}, high{0};
  std::size_t only_first{0}, only_second{0};  // right answers that the other model has not
  double p{1};                                // McNemar's (measure/statistics/mcnemar.hpp)

  static constexpr auto members() {
    using d = score_difference;
    return std::tuple{member("task", &d::task),
                      member("metric", &d::metric),
                      member("first", &d::first),
                      member("second", &d::second),
                      member("questions", &d::questions),
                      member("difference", &d::difference),
                      member("low", &d::low),
                      member("high", &d::high),
                      member("only_first", &d::only_first),
                      member("only_second", &d::only_second),
                      member("p", &d::p)};
  }
};

// `seconds`: that the model took for them.
task_scores scores_of(task_items const& items, std::string model, std::span<item_result const> results, double seconds);

// One a metric. Both results are of `items`.
std::vector<score_difference> differences_of(task_items const& items, std::string const& first_model,
                                             std::span<item_result const> first, std::string const& second_model,
                                             std::span<item_result const> second);

// A question's result as a line of JSON, without its end: task, part, index, then for choices loglikelihoods, choice,
// choice_norm, gold, and for answers in words extracted and exact_match by metric.
std::string item_line(task_items const& items, std::string const& model, item_result const& result, question const& asked);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/measure/task_scores.ipp>
#endif
