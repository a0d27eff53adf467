#pragma once
// Phase 1 and phase 2, step 2 (paper; cot_generate.py): a teacher writes the safety reasoning and the answer for each
// prompt, given the policies of all its categories. Then rejection sampling, as the paper's figure has it: a guard judges
// the answer, an unsafe one is asked for again, and after `tries` the row is rejected.
//
//     cot(teacher)                    needs the prompt and its categories
//     cot(teacher, keep_answer)       also the SLM's response: a harmless prompt keeps the model's own answer behind the
//     trace cot(teacher).checked_by(guard)  with rejection sampling
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ease/guard/guard.hpp>
#include <ease/record/fields.hpp>
#include <ease/stage/held.hpp>
#include <ease/stage/pipeline.hpp>
#include <ease/teacher/teacher.hpp>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ease {

struct fresh_answer_t {};
struct keep_answer_t {};
inline constexpr keep_answer_t keep_answer{};

template <teacher Teacher, class Answer = fresh_answer_t>
class cot : public std::conditional_t<std::same_as<Answer, keep_answer_t>,
                                      stage<needs<prompt, categories, response>, adds<target>>,
                                      stage<needs<prompt, categories>, adds<target>>> {
  static constexpr bool keeps = std::same_as<Answer, keep_answer_t>;
  using base = std::conditional_t<keeps, stage<needs<prompt, categories, response>, adds<target>>,
                                  stage<needs<prompt, categories>, adds<target>>>;

 public:
  using typename base::emit;
  using typename base::input;

  template <class T>
    requires std::constructible_from<held<Teacher>, T>
  explicit cot(T&& by, Answer = {}) : teacher_{std::forward<T>(by)} {}

  template <class G>
    requires guard<std::remove_cvref_t<G>>
  cot checked_by(G&& judge, std::uint64_t tries = 3) && {
    held<std::remove_cvref_t<G>> keeper{std::forward<G>(judge)};
    judge_ = [keeper](std::span<judge_request const> asks, on_done<verdict> const& done) { keeper->judge(asks, done); };
    tries_ = tries;
    return std::move(*this);
  }

  std::size_t window() const { return teacher_->window(); }

  void operator()(std::span<input const> rows, emit const& done) {
    std::vector<std::size_t> open;  // rows still without an accepted trace
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (answerless(rows[i]))
        done(i, rejected{"cut_off", "the SLM's own answer, to be kept, is cut off"});
      else
        open.push_back(i);
    }
    for (std::uint64_t attempt = 0; !open.empty(); ++attempt) open = attempt_once(rows, open, attempt, done);
  }

 private:
  static bool answerless(input const& row) {
    if constexpr (keeps)
      return get<categories>(row) == category_set{category::benign} && !finished_part(get<response>(row));
    else
      return false;
  }
  static trace_request ask(input const& row, std::uint64_t attempt) {
    trace_request r{.prompt = get<prompt>(row), .categories = get<categories>(row), .attempt = attempt};
    if constexpr (keeps) r.own_answer = finished_part(get<response>(row));
    return r;
  }

  // One try for each open row; returns those to be asked again.
  std::vector<std::size_t> attempt_once(std::span<input const> rows, std::vector<std::size_t> const& open,
                                        std::uint64_t attempt, emit const& done) {
    std::vector<trace_request> asks;
    asks.reserve(open.size());
    for (auto i : open) asks.push_back(ask(rows[i], attempt));
    bool const last = !judge_ || attempt + 1 >= tries_;
    std::vector<std::size_t> again;
    std::vector<std::pair<std::size_t, reasoned>> written_traces;
    teacher_->write(asks, [&](std::size_t k, outcome<answer> said) {
      auto const i = open[k];
      if (auto* broken = std::get_if<failure>(&said)) return done(i, std::move(*broken));
      auto& text = std::get<answer>(said);
      if (auto* r = std::get_if<reasoned>(&text); r != nullptr && !r->trace.empty() && !r->text.empty()) {
        if (judge_)
          written_traces.emplace_back(i, std::move(*r));
        else
          done(i, base::with(finished{std::move(*r)}));
      } else if (!last) {
        again.push_back(i);
      } else {
        done(i, std::holds_alternative<cut_off>(text) ? rejected{"cut_off"} : rejected{"no_reasoning"});
      }
    });
    if (!judge_) return again;
    // They were told in the order they finished, which is not always the same.
    std::ranges::sort(written_traces, {}, [](auto const& trace) { return trace.first; });
    std::vector<judge_request> questions;
    questions.reserve(written_traces.size());
    for (auto const& [i, r] : written_traces) questions.push_back({get<prompt>(rows[i]), r.text});
    judge_(questions, [&](std::size_t k, outcome<verdict> judged) {
      auto& [i, r] = written_traces[k];
      if (auto* broken = std::get_if<failure>(&judged)) return done(i, std::move(*broken));
      auto const& v = std::get<verdict>(judged);
      if (std::holds_alternative<safe>(v)) return done(i, base::with(finished{std::move(r)}));
      if (!last) return again.push_back(i);
      done(i, rejected{std::holds_alternative<unsafe>(v) ? "unsafe_trace" : "unparsed"});
    });
    std::ranges::sort(again);
    return again;
  }

  held<Teacher> teacher_;
  std::function<void(std::span<judge_request const>, on_done<verdict> const&)> judge_{};
  std::uint64_t tries_{1};
};
template <class T>
cot(T&&) -> cot<std::remove_cvref_t<T>, fresh_answer_t>;
template <class T>
cot(T&&, keep_answer_t) -> cot<std::remove_cvref_t<T>, keep_answer_t>;

}  // namespace ease
