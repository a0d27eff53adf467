// SPDX-License-Identifier: Apache-2.0
#pragma once
// A model at one benchmark. Questions go to it in windows, a part's together: the shots that they share are then computed
// once a part.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <ease/core/generator.hpp>
#include <ease/measure/question/question.hpp>
#include <ease/measure/question/trace.hpp>
#include <ease/measure/task_items.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

// What became of one question.
struct item_result {
  std::size_t part{0}, row{0};             // which part, and the place in its file, from 0
  std::string failure{};                   // why the model has no answer; empty: it has
  bool unanswered{false};                  // its reasoning did not come to an end
  std::vector<double> logprobs{};          // of the choices, natural logarithms
  std::size_t choice{0}, normalised{0};    // the likeliest; the likeliest by characters
  std::array<std::string, 2> extracted{};  // of an answer in words, for each metric
  std::array<bool, 2> right{};             // by each metric
};

struct measure_options {
  int max_tokens{0};  // of an answer in words; 0: the task's own

  static constexpr auto options() {
    return std::tuple{option("max_tokens", &measure_options::max_tokens,
                             "Most tokens of an answer in words (0: 256, as in lm-eval; a model that reasons needs more)",
                             at_least(0))};
  }
};

namespace detail {

// The requests of some questions, and to which question and choice each belongs.
struct asked_choices {
  std::vector<score_request> requests{};
  std::vector<std::pair<std::size_t, std::size_t>> of{};  // the item, the first choice
};

inline void judge_choice(item_result& out, choice_question const& q) {
  if (!out.failure.empty()) return;
  out.choice = likeliest(out.logprobs, q, false);
  out.normalised = likeliest(out.logprobs, q, true);
  out.right = {out.choice == q.gold, out.normalised == q.gold};
}

inline void judge_answer(item_result& out, open_question const& q, open_rules const& rules, std::string_view said) {
  auto const text = behind_trace(said);
  out.unanswered = !text;
  if (!text) return;
  for (std::size_t m = 0; m < out.right.size(); ++m) {
    out.extracted[m] = rules.extract(*text, m);
    out.right[m] = rules.equal(out.extracted[m], q.answer);
  }
}

template <class Model>
void ask_choices(task_part const& part, Model& model, std::span<item_result> results) {
  asked_choices asked;
  for (std::size_t i = 0; i < results.size(); ++i) {
    auto const& q = std::get<choice_question>(part.items[i]);
    results[i].logprobs.resize(q.choices.size());
    std::size_t first = 0;
    for (auto& one : likelihood_requests(part.before, q)) {
      asked.of.emplace_back(i, first);
      first += one.continuations.size();
      asked.requests.push_back(std::move(one));
    }
  }
  auto const most = std::max<std::size_t>(1, model.window());
  for (std::size_t from = 0; from < asked.requests.size(); from += most) {
    auto const some = std::span{asked.requests}.subspan(from, std::min(most, asked.requests.size() - from));
    model.score(some, [&](std::size_t k, outcome<std::vector<continuation_score>> what) {
      auto const [item, first] = asked.of[from + k];
      auto& result = results[item];
      if (auto* broken = std::get_if<failure>(&what)) {
        result.failure = std::move(broken->what);
        return;
      }
      auto const& scores = std::get<0>(what);
      for (std::size_t c = 0; c < scores.size(); ++c) {
        result.logprobs[first + c] = scores[c].logprob;
        if (!std::isfinite(scores[c].logprob)) result.failure = "a choice is not among the server's likeliest first tokens";
      }
    });
  }
  for (std::size_t i = 0; i < results.size(); ++i) judge_choice(results[i], std::get<choice_question>(part.items[i]));
}

template <class Model>
void ask_open(task_part const& part, open_rules const& rules, measure_options const& options, Model& model,
              std::span<item_result> results) {
  sampling how{.temperature = 0, .max_tokens = options.max_tokens > 0 ? options.max_tokens : rules.max_tokens};
  for (auto const stop : rules.stops)
    if (!stop.empty()) how.stop.emplace_back(stop);
  auto const most = std::max<std::size_t>(1, model.window());
  for (std::size_t from = 0; from < results.size(); from += most) {
    std::vector<generation_request> some;
    for (std::size_t i = from; i < std::min(from + most, results.size()); ++i)
      some.push_back({.input = plain_text{part.before + std::get<open_question>(part.items[i]).text},
                      .sampling = how,
                      .row = part.rows[i]});
    model.generate(some, [&](std::size_t k, outcome<completion> what) {
      auto const i = from + k;
      if (auto* broken = std::get_if<failure>(&what)) {
        results[i].failure = std::move(broken->what);
        return;
      }
      judge_answer(results[i], std::get<open_question>(part.items[i]), rules, std::get<completion>(what).text);
    });
  }
}

}  // namespace detail

// How many requests a model is sent for it, for a progress bar.
inline std::size_t requests_of(task_items const& items) {
  std::size_t count = 0;
  for (auto const& part : items.parts)
    for (auto const& one : part.items) {
      auto const* q = std::get_if<choice_question>(&one);
      count += q != nullptr && q->text.empty() ? q->choices.size() : 1;
    }
  return count;
}

// One result a question, in their order. A question that could not be put to the model has its failure.
template <class Model>
  requires likelihood_scorer<Model> && text_generator<Model>
std::vector<item_result> measure_task(task_items const& items, Model& model, measure_options const& options = {}) {
  std::vector<item_result> all;
  all.reserve(items.size());
  for (std::size_t p = 0; p < items.parts.size(); ++p) {
    auto const& part = items.parts[p];
    auto const from = all.size();
    for (auto const row : part.rows) {
      auto& one = all.emplace_back();
      one.part = p, one.row = row;
    }
    auto const own = std::span{all}.subspan(from);
    if (items.kind->is_open())
      detail::ask_open(part, items.kind->rules, options, model, own);
    else
      detail::ask_choices(part, model, own);
  }
  return all;
}

}  // namespace ease::inline v1
