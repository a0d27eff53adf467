// SPDX-License-Identifier: Apache-2.0
#pragma once
// What judges an answer. One file a guard: llama_guard.hpp, prompted_judge.hpp, refusal_judge.hpp. A guard that looks for
// refusals alone says `static constexpr bool reads_refusals_only{true}`: it knows nothing of a text that should not refuse.
#include <concepts>
#include <cstddef>
#include <ease/core/generator.hpp>
#include <ease/record/answer.hpp>
#include <ease/record/verdict.hpp>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

namespace ease::inline v1 {

// The texts belong to the caller and stay until `judge` returns.
struct judge_request {
  std::string_view prompt;
  std::string_view answer;            // as the user would see it, reasoning left out
  std::span<message const> before{};  // the messages in front of the prompt: a system message, earlier turns
};

// `judge` calls done once a request, with the judge's own probability wherever it has one; a failure is a request that could
// not be put to the judge (too long, server gone).
template <class G>
concept guard = requires(G& g, std::span<judge_request const> requests, on_done<verdict> const& done) {
  g.judge(requests, done);
  { std::as_const(g).window() } -> std::convertible_to<std::size_t>;
};

// A guard whose kind is chosen at run time says so by a member function, `bool reads_refusals() const`.
template <class G>
bool reads_refusals_only([[maybe_unused]] G const& judge) {
  if constexpr (requires { judge.reads_refusals(); })
    return judge.reads_refusals();
  else
    return requires { requires G::reads_refusals_only; };
}

// In place of a guard where a stage may do without.
struct no_guard {
  static constexpr int version{1};
};
template <class G>
concept guard_or_none = guard<G> || std::same_as<G, no_guard>;

// What of an answer is judged. Here alone a truncated text counts, as far as it goes: half an instruction for harm is harm.
// An unclosed reasoning was never shown to anyone and is judged empty.
inline std::string_view judged_text(answer const& a) {
  if (auto const* cut = std::get_if<truncated>(&a))
    return thinks(*cut) ? std::string_view{} : std::string_view{cut->partial};
  return *complete_text(a);
}

namespace detail {
// Stands for the argument of a stage that was given something else (stage/ill_formed_stage.hpp).
struct no_judge {
  void judge(std::span<judge_request const>, on_done<verdict> const&);
  std::size_t window() const;
};
}  // namespace detail

}  // namespace ease::inline v1
