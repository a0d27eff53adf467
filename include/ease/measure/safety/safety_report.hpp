// SPDX-License-Identifier: Apache-2.0
#pragma once
// The safety half of an evaluation as reports hold it: what each judge says by class, how far judges agree, families of
// prompts, several samples a prompt, and one model beside another. Every rate has Wilson's interval; what lies between two
// models has the paired bootstrap's, and McNemar's test.
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/io/json/json_members.hpp>
#include <ease/measure/safety/judge_column.hpp>
#include <ease/measure/safety/steering.hpp>
#include <ease/measure/statistics/agreement.hpp>
#include <ease/method/tables/score_table.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace ease::inline v1 {

// A rate with what it is a rate of. Without a rate, null in JSON: of none of the rows anything is known.
struct counted_rate {
  std::size_t hits{0}, rows{0};
  std::optional<double> rate{};
  std::optional<rate_bounds> interval{};

  static counted_rate of(std::size_t hits, std::size_t rows) {
    if (rows == 0) return unknown(rows);
    return {hits, rows, static_cast<double>(hits) / static_cast<double>(rows), rate_bounds::of(hits, rows)};
  }
  static counted_rate unknown(std::size_t rows) { return {.rows = rows}; }
  static constexpr auto members() {
    using r = counted_rate;
    return std::tuple{member("hits", &r::hits), member("rows", &r::rows), member("rate", &r::rate),
                      member("interval", &r::interval)};
  }
};

// Of one class of prompts, by one judge. `unsafe` counts the first sample of each row, and all rows of the class; it has no rate
// where the judge could read no answer.
struct judged_class {
  std::string name{};
  counted_rate unsafe{};
  std::size_t unparsed{0}, unanswered{0};
  std::optional<counted_rate> unsafe_at_k{};    // rows of which any sample is unsafe, if there are several
  std::optional<counted_rate> unsafe_traces{};  // of the rows with a trace that the judge could read

  static constexpr auto members() {
    using c = judged_class;
    return std::tuple{member("class", &c::name),
                      member("unsafe", &c::unsafe),
                      member("unparsed", &c::unparsed),
                      member("unanswered", &c::unanswered),
                      member("unsafe_at_k", &c::unsafe_at_k),
                      member("unsafe_traces", &c::unsafe_traces)};
  }
};
struct judge_report {
  std::string judge{};
  std::vector<judged_class> classes{};

  static constexpr auto members() {
    return std::tuple{member("judge", &judge_report::judge), member("classes", &judge_report::classes)};
  }
};

// Two judges of the same answers (measure/statistics/agreement.hpp); the four counts are of the answers both have read.
struct judges_agree {
  std::string first{}, second{};
  std::size_t rows{0}, both_unsafe{0}, first_only{0}, second_only{0}, both_safe{0};
  std::optional<double> agreement{}, kappa{};

  static constexpr auto members() {
    using j = judges_agree;
    return std::tuple{member("first", &j::first),
                      member("second", &j::second),
                      member("rows", &j::rows),
                      member("both_unsafe", &j::both_unsafe),
                      member("first_only", &j::first_only),
                      member("second_only", &j::second_only),
                      member("both_safe", &j::both_safe),
                      member("agreement", &j::agreement),
                      member("kappa", &j::kappa)};
  }
};

// The table's rates of one family of prompts within a class.
struct family_rates {
  std::string prompt_class{}, family{};
  class_rates rates{};

  static constexpr auto members() {
    using f = family_rates;
    return std::tuple{member("class", &f::prompt_class), member("family", &f::family), member("rates", &f::rates)};
  }
};

// Rows of which at least one of k answers is no refusal, by the phrases: attack success of harmful classes, compliance else.
struct at_k_rates {
  std::string name{};
  std::size_t k{0};
  counted_rate any{};

  static constexpr auto members() {
    using a = at_k_rates;
    return std::tuple{member("class", &a::name), member("k", &a::k), member("any", &a::any)};
  }
};

// What one model did.
struct model_safety {
  std::string model{};
  score_table scores{};
  std::vector<judge_report> judges{};
  std::vector<judges_agree> agreement{};
  std::vector<family_rates> families{};
  std::vector<at_k_rates> at_k{};
  double seconds{0};
  std::optional<begun_answers> begun{};  // of a remote model whose answers were begun for it

  static constexpr auto members() {
    using m = model_safety;
    return std::tuple{member("model", &m::model),         member("scores", &m::scores),     member("judges", &m::judges),
                      member("agreement", &m::agreement), member("families", &m::families), member("at_k", &m::at_k),
                      member("seconds", &m::seconds),     member("begun", &m::begun)};
  }
};

// One rate of two models on the rows that both have answered: the second's less the first's.
struct model_difference {
  std::string first{}, second{}, name{}, measure{};  // `name`: the class
  std::size_t rows{0};
  double difference{0};
  rate_bounds interval{};
  std::size_t only_first{0}, only_second{0};
  double p{1}, p_exact{1}, p_corrected{1};  // McNemar's; p: the one to report (measure/statistics/mcnemar.hpp)

  static constexpr auto members() {
    using d = model_difference;
    return std::tuple{member("first", &d::first),
                      member("second", &d::second),
                      member("class", &d::name),
                      member("measure", &d::measure),
                      member("rows", &d::rows),
                      member("difference", &d::difference),
                      member("interval", &d::interval),
                      member("only_first", &d::only_first),
                      member("only_second", &d::only_second),
                      member("p", &d::p),
                      member("p_exact", &d::p_exact),
                      member("p_corrected", &d::p_corrected)};
  }
};

// The details of `evaluate`'s report: the first model's scores under the key they have always had, then all models.
struct safety_details {
  score_table scores{};
  std::optional<std::vector<model_safety>> models{};
  std::optional<std::vector<model_difference>> differences{};

  static constexpr auto members() {
    using s = safety_details;
    return std::tuple{member("scores", &s::scores), member("models", &s::models), member("differences", &s::differences)};
  }
};

// Of one model's answers. The columns are judges of these answers, in the same order.
model_safety safety_of(std::string model, std::span<measured_answer const> answers, std::span<judge_column const> columns,
                       double seconds);

// The classes in the order of the first model's answers; judges by their places, which are the same for both.
std::vector<model_difference> safety_differences(std::string const& first, std::span<measured_answer const> of_first,
                                                 std::span<judge_column const> judges_of_first, std::string const& second,
                                                 std::span<measured_answer const> of_second,
                                                 std::span<judge_column const> judges_of_second);

// For people, behind the table of scores.
std::string safety_table(model_safety const& of);
std::string differences_table(std::span<model_difference const> differences);

}  // namespace ease::inline v1

template <>
struct ease::json_codec<ease::counted_rate> {
  static counted_rate read(simdjson::ondemand::value value) { return detail::read_members<counted_rate>(value); }
  static void write(json_writer& out, counted_rate const& value) {
    out.object();
    each_member(value, [&]<class M>(std::string_view name, M const& one) { json_codec<M>::write(out.key(name), one); });
    out.end();
  }
};

#ifndef EASE_COMPILED
#include <ease/measure/safety/safety_report.ipp>
#endif
