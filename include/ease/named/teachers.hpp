// SPDX-License-Identifier: Apache-2.0
#pragma once
// The teachers that can be named. A new one is an entry of `teacher_kinds`.
#include <ease/method/cot.hpp>
#include <ease/named/kinds.hpp>
#include <ease/teacher/model_teacher.hpp>
#include <ease/teacher/policy_template.hpp>
#include <string>
#include <string_view>
#include <tuple>

namespace ease::inline v1 {

inline constexpr std::tuple teacher_kinds{
    named_kind{"policy", "short reasoning from the policy text", kind_facts{.asks_model = false},
               [](auto const&, auto const&) { return policy_template{}; }},
    named_kind{"model", "a reasoning model", kind_facts{},
               [](auto const& open, auto const& choice) { return model_teacher(open(), choice.generation); }}};

namespace detail {
inline constexpr std::string_view the_teacher{"the teacher '"}, asks_no_model{"' asks no model"},
    writes_the_same{"' writes the same reasoning each time"};
}  // namespace detail

struct teacher_choice {
  std::string kind{"policy"};
  std::string model{};
  model_teacher_options generation{};
  bool check{true};
  cot_options cot{};

  static constexpr std::string_view asks_nothing(teacher_choice const& t) {
    return t.facts().asks_model ? std::string_view{}
                                : text_about<teacher_kinds, detail::the_teacher, detail::asks_no_model>(t.kind);
  }
  constexpr kind_facts facts() const { return facts_of(teacher_kinds, kind); }
  // Why further tries have no effect; empty if they have.
  constexpr std::string_view writes_the_same() const {
    return facts().asks_model ? std::string_view{}
                              : text_about<teacher_kinds, detail::the_teacher, detail::writes_the_same>(kind);
  }
  static constexpr auto options() {
    using t = teacher_choice;
    return std::tuple{
        option("kind", &t::kind, help_of<teacher_kinds>, names_of<teacher_kinds>),
        option("model", &t::model, "The teacher: ORG/NAME, PATH or openai:MODEL@URL").path().idle(asks_nothing),
        part(&t::generation).idle(asks_nothing),
        option("check", &t::check, "Rejection sampling: the guard judges what the teacher wrote"),
        part(&t::cot).idle(
            [](t const& x) -> std::string_view { return x.check ? "" : "check is false: all reasoning is accepted"; })};
  }
};

template <class Open, class Use>
auto with_teacher(teacher_choice const& choice, Open&& open, Use&& use) {
  return with_kind(teacher_kinds, "teacher", choice, open, use);
}

}  // namespace ease::inline v1
