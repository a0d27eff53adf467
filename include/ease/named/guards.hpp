// SPDX-License-Identifier: Apache-2.0
#pragma once
// The guards that can be named. A new one is an entry of `guard_kinds`.
#include <ease/guard/harmbench_judge.hpp>
#include <ease/guard/llama_guard.hpp>
#include <ease/guard/prompted_judge.hpp>
#include <ease/guard/refusal_judge.hpp>
#include <ease/guard/strongreject_judge.hpp>
#include <ease/guard/unparsed_limit.hpp>
#include <ease/named/kinds.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace ease::inline v1 {

inline constexpr std::tuple guard_kinds{
    named_kind{"refusal", "stock phrases, no model",
               kind_facts{.asks_model = false, .gives_probability = false, .reads_refusals_only = true},
               [](auto const&, auto const&) { return refusal_judge{}; }},
    named_kind{"llama-guard", "", kind_facts{},
               [](auto const& open, auto const& choice) { return llama_guard(open(), {.threshold = choice.threshold}); }},
    named_kind{"judge", "any chat model", kind_facts{},
               [](auto const& open, auto const& choice) { return prompted_judge(open(), {.threshold = choice.threshold}); }},
    named_kind{
        "strongreject", "any chat model, by StrongREJECT's three questions", kind_facts{},
        [](auto const& open, auto const& choice) { return strongreject_judge(open(), {.threshold = choice.threshold}); }},
    named_kind{"harmbench", "any chat model, by HarmBench's question", kind_facts{.gives_probability = false},
               [](auto const& open, auto const&) { return harmbench_judge(open()); }}};

namespace detail {
inline constexpr std::string_view the_guard{"the guard '"}, judges_no_reasoning{"' judges no reasoning"},
    says_yes_or_no{"' says yes or no, and no probability"};
// Behind a guard's name: why what a model is asked by has no effect.
inline constexpr short_text reads_every_answer = [] {
  auto text = short_text{} += "' asks no model and reads every answer; choose ";
  return text += listed(guard_kinds, [](auto const& kind) {
                   return kind.facts.asks_model ? short_text{} += kind.name : short_text{};
                 }).view();
}();
inline constexpr std::string_view reads_every_answer_text = reads_every_answer.view();
}  // namespace detail

struct guard_choice {
  std::string kind{"refusal"};
  std::string model{};
  double threshold{0.5};
  double max_unparsed{default_max_unparsed};

  static constexpr std::string_view asks_nothing(guard_choice const& g) {
    return g.facts().asks_model ? std::string_view{}
                                : text_about<guard_kinds, detail::the_guard, detail::reads_every_answer_text>(g.kind);
  }
  static constexpr std::string_view has_no_threshold(guard_choice const& g) {
    if (!g.facts().asks_model) return asks_nothing(g);
    return g.facts().gives_probability ? std::string_view{}
                                       : text_about<guard_kinds, detail::the_guard, detail::says_yes_or_no>(g.kind);
  }
  constexpr kind_facts facts() const { return facts_of(guard_kinds, kind); }
  // Why a threshold for reasoning has no effect; empty if it has.
  constexpr std::string_view judges_no_reasoning() const {
    return facts().gives_probability ? std::string_view{}
                                     : text_about<guard_kinds, detail::the_guard, detail::judges_no_reasoning>(kind);
  }
  static constexpr auto options() {
    using g = guard_choice;
    return std::tuple{
        option("kind", &g::kind, help_of<guard_kinds>, names_of<guard_kinds>),
        option("model", &g::model, "The guard's model: ORG/NAME, PATH or openai:MODEL@URL").path().idle(asks_nothing),
        option("threshold", &g::threshold, "Unsafe from this probability on", between{0.0, 1.0}).idle(has_no_threshold),
        option("max_unparsed", &g::max_unparsed, "Fail if a larger fraction of the verdicts cannot be read",
               between{0.0, 1.0})
            .idle(asks_nothing)};
  }
};

// What asks no model reads every answer; what it calls unparsed is an empty answer, which is no fault of its.
inline double max_unparsed_of(guard_choice const& guard) { return guard.facts().asks_model ? guard.max_unparsed : 1.0; }

// The models that a guard asks.
inline std::vector<std::string> models_of(guard_choice const& guard) {
  if (!guard.facts().asks_model) return {};
  return {guard.model};
}

// For a person: its model, or of one without a model its kind.
inline std::string name_of_guard(guard_choice const& guard) { return guard.facts().asks_model ? guard.model : guard.kind; }

template <class Open, class Use>
auto with_guard(guard_choice const& choice, Open&& open, Use&& use) {
  return with_kind(guard_kinds, "guard", choice, open, use);
}

}  // namespace ease::inline v1
