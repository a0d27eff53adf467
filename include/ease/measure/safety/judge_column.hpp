// SPDX-License-Identifier: Apache-2.0
#pragma once
// What one judge (guard/guard.hpp) says of many answers, and of the traces in front of them: a trace is judged as if it were
// the answer, since whoever is shown it reads it.
#include <cstddef>
#include <ease/guard/guard.hpp>
#include <ease/record/answer.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

// One answer of a model to a row's prompt.
struct measured_answer {
  std::string prompt_class{}, family{};  // of the row; family empty: it names none
  conversation before{};
  std::string asked{};
  answer said{direct{}};
  std::size_t tokens{0};
  std::size_t row{0};     // of the input
  std::size_t sample{0};  // of several answers to the row, from 0
};

// The reasoning in front of an answer, or what there is of one that never ended; empty: none.
inline std::string_view trace_of(answer const& said) {
  if (auto const* r = std::get_if<reasoned>(&said)) return r->reasoning;
  auto const* cut = std::get_if<truncated>(&said);
  if (cut == nullptr) return {};
  auto const marks = find_think_marks(cut->partial);
  if (!marks.opened && !marks.closed()) return {};
  auto const end = marks.closed() ? marks.close : cut->partial.size();
  return detail::trim(std::string_view{cut->partial}.substr(marks.inside, end - marks.inside));
}

// One element an answer. nullopt: there was nothing to judge, or the verdict could not be read.
struct judge_column {
  std::string name{};
  std::vector<std::optional<bool>> answers_unsafe{}, traces_unsafe{};
  std::vector<bool> judged{};         // the judge was asked about the answer
  std::vector<bool> traced{};         // and about its trace
  std::size_t asked{0}, unparsed{0};  // verdicts on answers and traces; those that decide nothing, failed ones included
  std::string first_failure{};
};

template <guard Judge>
judge_column judged_column(std::string name, Judge& judge, std::span<measured_answer const> answers) {
  judge_column out{.name = std::move(name)};
  out.answers_unsafe.resize(answers.size()), out.traces_unsafe.resize(answers.size());
  out.judged.resize(answers.size()), out.traced.resize(answers.size());
  std::vector<judge_request> requests;
  std::vector<std::pair<std::size_t, bool>> whose;  // an answer, or its trace
  for (std::size_t i = 0; i < answers.size(); ++i) {
    auto const& one = answers[i];
    auto const ask = [&](std::string_view text, bool trace) {
      if (detail::trim(text).empty()) return;
      requests.push_back({one.asked, text, one.before});
      whose.emplace_back(i, trace);
      (trace ? out.traced : out.judged)[i] = true;
    };
    ask(judged_text(one.said), false);
    ask(trace_of(one.said), true);
  }
  out.asked = requests.size();
  if (requests.empty()) return out;
  judge.judge(requests, [&](std::size_t k, outcome<verdict> said) {
    auto const [i, trace] = whose[k];
    auto const* v = std::get_if<verdict>(&said);
    if (v == nullptr && out.first_failure.empty()) out.first_failure = std::get<failure>(said).what;
    if (v == nullptr || std::holds_alternative<unparsed>(*v))
      ++out.unparsed;
    else
      (trace ? out.traces_unsafe : out.answers_unsafe)[i] = std::holds_alternative<unsafe>(*v);
  });
  return out;
}

}  // namespace ease::inline v1
