// SPDX-License-Identifier: Apache-2.0
#pragma once
// Phase 1 and phase 2, step 2 (paper; cot_generate.py): a teacher writes the safety reasoning and the answer for each
// prompt, given the policies of all its categories. Then rejection sampling, as in the paper's figure: a guard judges what
// the teacher wrote; what is unsafe is sampled again, and after `tries` the row is rejected.
//
//     cot(teacher)                        needs the prompt and its categories
//     cot(teacher, keep_answer)           also the SLM's response: a harmless prompt keeps it as its answer
//     cot(teacher).checked_by(guard, 5)   with rejection sampling, five tries a row
//
// The guard judges the answer. A refusal gives no harmful help whatever the guard's threshold for answers, and small guards
// give refusals of grave requests high probabilities: there the reasoning is judged, by a threshold of its own. A guard that
// looks for refusals alone judges the answer all the same.
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <ease/core/option.hpp>
#include <ease/guard/guard.hpp>
#include <ease/guard/unparsed_limit.hpp>
#include <ease/policy/refusal.hpp>
#include <ease/record/fields.hpp>
#include <ease/stage/ill_formed_stage.hpp>
#include <ease/stage/owner_or_ref.hpp>
#include <ease/stage/pipeline.hpp>
#include <ease/teacher/teacher.hpp>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

struct fresh_answer_t {};
struct keep_answer_t {};
inline constexpr keep_answer_t keep_answer{};

// Of the rejection sampling; without a guard they have no effect.
struct cot_options {
  std::uint64_t tries{3};
  double reasoning_threshold{0.5};
  double max_unparsed{1.0};

  static constexpr auto options() {
    using o = cot_options;
    return std::tuple{option("tries", &o::tries, "Times a teacher is asked before the row is rejected", at_least(1)),
                      option("reasoning_threshold", &o::reasoning_threshold,
                             "The reasoning before a refusal is rejected if the guard finds it unsafe with this probability",
                             between<double>{0, 1})
                          .formerly("trace_threshold"),
                      option("max_unparsed", &o::max_unparsed,
                             "A larger fraction of verdicts that cannot be read fails the stage", between<double>{0, 1})
                          .without_effect_on_results()};
  }
};

template <teacher Teacher, class Answer = fresh_answer_t, guard_or_none Guard = no_guard>
class cot : public std::conditional_t<std::same_as<Answer, keep_answer_t>,
                                      stage<needs<prompt, categories, response, maybe<history>>, adds<target>>,
                                      stage<needs<prompt, categories, maybe<history>>, adds<target>>> {
  static constexpr bool keeps = std::same_as<Answer, keep_answer_t>;
  static constexpr bool checked = guard<Guard>;
  using base = std::conditional_t<keeps, stage<needs<prompt, categories, response, maybe<history>>, adds<target>>,
                                  stage<needs<prompt, categories, maybe<history>>, adds<target>>>;

 public:
  using typename base::emit;
  using typename base::input;

  template <class T>
    requires(!checked && std::constructible_from<owner_or_ref<Teacher>, T>)
  explicit cot(T&& by, Answer = {}) : teacher_{std::forward<T>(by)}, guard_{no_guard{}} {}

  // The same stage with rejection sampling by `judge`.
  template <class G>
    requires(!checked && guard<std::remove_cvref_t<G>>)
  cot<Teacher, Answer, std::remove_cvref_t<G>> checked_by(G&& judge, cot_options options) && {
    return {std::move(teacher_), std::forward<G>(judge), options};
  }
  template <class G>
    requires(!checked && guard<std::remove_cvref_t<G>>)
  cot<Teacher, Answer, std::remove_cvref_t<G>> checked_by(G&& judge, std::uint64_t tries = 3) && {
    return std::move(*this).checked_by(std::forward<G>(judge), cot_options{.tries = tries});
  }

  std::size_t window() const { return teacher_->window(); }
  std::size_t most_tokens(std::size_t rows) const  // run/folder/planned_stage.hpp
    requires requires(Teacher const& t) { t.most_tokens(std::size_t{}); }
  {
    return teacher_->most_tokens(rows) * (checked ? options_.tries : 1U);
  }
  void each_part(auto&& visit) {
    visit(keeps), visit(*teacher_);
    if constexpr (checked) visit(options_), visit(*guard_);
  }

  void finish(stage_count& counts) const
    requires checked
  {
    auto const unread = counts.rejected.find("unparsed");
    if (unread != counts.rejected.end())
      check_unparsed("cot", unread->second, counts.in - counts.failed, options_.max_unparsed);
  }

  void operator()(std::span<input const> rows, emit const& done) {
    std::vector<std::size_t> open;  // rows still without accepted reasoning
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (answerless(rows[i]))
        done(i, rejected{"truncated", "the SLM's own answer, to be kept, is truncated"});
      else if (auto no = declines(*teacher_, ask(rows[i], 0)))
        done(i, *std::move(no));
      else
        open.push_back(i);
    }
    for (std::uint64_t attempt = 0; !open.empty(); ++attempt) open = attempt_once(rows, open, attempt, done);
  }

 private:
  template <teacher, class, guard_or_none>
  friend class cot;

  // What the teacher wrote for one row, not yet judged.
  struct candidate {
    std::size_t row{0};
    reasoned text{};
  };

  cot(owner_or_ref<Teacher> by, owner_or_ref<Guard> judge, cot_options options)
      : teacher_{std::move(by)}, guard_{std::move(judge)}, options_{options} {}

  static bool answerless(input const& row) {
    if constexpr (keeps)
      return get<categories>(row) == category_set{category::benign} && !complete_text(get<response>(row));
    else
      return false;
  }
  static reasoning_request ask(input const& row, std::uint64_t attempt) {
    reasoning_request r{
        .prompt = get<prompt>(row), .categories = get<categories>(row), .attempt = attempt, .before = get<history>(row)};
    if constexpr (keeps) r.self_response = complete_text(get<response>(row));
    return r;
  }

  // One try for each open row; returns those to be sampled again.
  std::vector<std::size_t> attempt_once(std::span<input const> rows, std::vector<std::size_t> const& open,
                                        std::uint64_t attempt, emit const& done) {
    std::vector<reasoning_request> asks;
    asks.reserve(open.size());
    for (auto i : open) asks.push_back(ask(rows[i], attempt));
    bool const last = !checked || attempt + 1 >= options_.tries;
    std::vector<std::size_t> again;
    std::vector<candidate> candidates;
    teacher_->write(asks, [&](std::size_t k, outcome<answer>&& said) {
      auto const i = open[k];
      if (auto* broken = std::get_if<failure>(&said)) return done(i, std::move(*broken));
      auto& text = std::get<answer>(said);
      if (auto* r = std::get_if<reasoned>(&text); r != nullptr && !r->reasoning.empty() && !r->text.empty()) {
        if constexpr (checked)
          candidates.push_back({i, std::move(*r)});
        else
          done(i, base::with(complete_answer{std::move(*r)}));
      } else if (!last) {
        again.push_back(i);
      } else {
        done(i, std::holds_alternative<truncated>(text) ? rejected{"truncated"} : rejected{"no_reasoning"});
      }
    });
    if constexpr (checked) check(rows, std::move(candidates), last, again, done);
    std::ranges::sort(again);
    return again;
  }

  // Hands back the candidates that the guard accepts, and on the `last` try the others as rejected; before, they join
  // `again`.
  void check(std::span<input const> rows, std::vector<candidate> candidates, bool last, std::vector<std::size_t>& again,
             emit const& done)
    requires checked
  {
    // The teacher's answers arrive in any order, and a batch must not depend on it.
    std::ranges::sort(candidates, {}, &candidate::row);
    std::vector<judge_request> questions;
    std::deque<std::string> with_reasoning;
    questions.reserve(candidates.size());
    for (auto const& c : candidates) {
      auto const& shown =
          judged_by_reasoning(c.text) ? with_reasoning.emplace_back(c.text.reasoning + "\n\n" + c.text.text) : c.text.text;
      questions.push_back({get<prompt>(rows[c.row]), shown, get<history>(rows[c.row])});
    }
    std::vector<std::size_t> accepted;
    guard_->judge(questions, [&](std::size_t k, outcome<verdict>&& judged) {
      auto& [i, text] = candidates[k];
      if (auto* broken = std::get_if<failure>(&judged)) return done(i, std::move(*broken));
      auto const& v = std::get<verdict>(judged);
      if (accepts(v, text)) return accepted.push_back(k);
      if (!last) return again.push_back(i);
      done(i, std::holds_alternative<unsafe>(v) ? rejected{"unsafe_reasoning"} : rejected{"unparsed"});
    });
    // Only now: the guard may read what it is asked until it returns.
    for (auto const k : accepted) done(candidates[k].row, base::with(complete_answer{std::move(candidates[k].text)}));
  }
  bool judged_by_reasoning(reasoned const& said) const { return !reads_refusals_only(*guard_) && is_refusal(said.text); }
  bool accepts(verdict const& v, reasoned const& said) const {
    auto const* bad = std::get_if<unsafe>(&v);
    if (bad == nullptr) return std::holds_alternative<safe>(v);
    auto const p = probability_unsafe(*bad);
    return judged_by_reasoning(said) && p && *p < options_.reasoning_threshold;
  }

  owner_or_ref<Teacher> teacher_;
  owner_or_ref<Guard> guard_;
  cot_options options_{};
};
template <class Answer, guard_or_none Guard>
class cot<detail::no_teacher, Answer, Guard> : public detail::ill_formed_stage {
 public:
  template <class T, class... Rest, class is_no_teacher = T>
  explicit cot(T&&, Rest const&...) = delete;
  template <detail::is_const T, class... Rest, class is_const_and_changes_while_it_is_asked = T>
  explicit cot(T&&, Rest const&...) = delete;
};

template <class T>
  requires teacher<std::remove_cvref_t<T>> && (!detail::is_const<T>)
cot(T&&) -> cot<std::remove_cvref_t<T>, fresh_answer_t>;
template <class T>
  requires teacher<std::remove_cvref_t<T>> && (!detail::is_const<T>)
cot(T&&, keep_answer_t) -> cot<std::remove_cvref_t<T>, keep_answer_t>;
template <class T, class... Rest>
  requires(!teacher<std::remove_cvref_t<T>> || detail::is_const<T>)
cot(T&&, Rest const&...) -> cot<detail::no_teacher>;

}  // namespace ease::inline v1
