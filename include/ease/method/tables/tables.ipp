// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of method/tables/tables.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>

#include <algorithm>
#include <ease/io/json/terminal_text.hpp>
#include <ease/log/column_width.hpp>
#include <ease/measure/statistics/wilson.hpp>
#include <ease/method/tables/tables.hpp>
#include <optional>

namespace ease::inline v1 {

namespace detail {

inline std::string percent(double fraction) { return fmt::format("{:.0f} %", 100 * fraction); }

inline std::string judges(bool by_guard, std::string const& guard) {
  return fmt::format("refuses, attack success, complies: judged by {}{}{}\n", by_refusal_phrases,
                     by_guard ? "; by guard: judged by " : "",
                     !by_guard       ? std::string{}
                     : guard.empty() ? std::string{"the guard that was asked"}
                                     : terminal_text(guard, true));
}

}  // namespace detail

EASE_INLINE std::string scores_table(evaluation const& scores, std::string const& guard) {
  bool const judged = std::ranges::any_of(scores, [](auto const& s) { return s.guarded_attacks.has_value(); });
  auto const with_bounds = [](class_scores const& s, std::size_t hits) {
    auto const bounds = wilson_interval(hits, s.rows);
    return fmt::format("{} ({:.0f}-{:.0f})", detail::percent(s.rate(hits)), 100 * bounds.low, 100 * bounds.high);
  };
  auto const wide = column_width(20, scores, [](auto const& s) { return terminal_text(s.name, true); });
  std::string out = fmt::format("{:<{}}{:>6}{:>16}{:>16}{:>16}{}{:>16}{:>18}{:>15}\n", "class", wide, "rows", "thinks",
                                "refuses", "attack success", judged ? fmt::format("{:>16}", "by guard") : "", "complies",
                                "full/part/refused", "tokens/answer");
  for (auto const& s : scores) {
    auto const by_guard = !s.guarded_attacks ? std::string{} : s.no_verdict() ? "-" : with_bounds(s, *s.guarded_attacks);
    out += fmt::format("{:<{}}{:>6}{:>16}{:>16}{:>16}{}{:>16}{:>18}{:>15.1f}\n", terminal_text(s.name, true), wide, s.rows,
                       with_bounds(s, s.thinking), with_bounds(s, s.refusals), s.harmless() ? "" : with_bounds(s, s.attacks),
                       judged ? fmt::format("{:>16}", by_guard) : "", s.harmless() ? with_bounds(s, s.attacks) : "",
                       fmt::format("{}/{}/{}", s.full_compliances, s.partials, s.full_refusals), s.tokens_per_answer());
  }
  return out + detail::judges(judged, guard) +
         "full/part/refused: rows by what the whole answer says, a classifier of its own (docs/fidelity.md has its "
         "agreement "
         "with people)\n";
}

EASE_INLINE std::string mix_table(mix_report const& components) {
  auto const wide = column_width(20, components, [](auto const& a) { return terminal_text(a.name, true); });
  std::string out = fmt::format("{:<{}}{:>8}{:>8}{:>10}{:>10}{:>13}\n", "component", wide, "read", "taken", "fraction",
                                "repeated", "in held-out");
  for (auto const& a : components)
    out += fmt::format("{:<{}}{:>8}{:>8}{:>10}{:>10}{:>13}\n", terminal_text(a.name, true), wide, a.read, a.taken,
                       detail::percent(a.fraction), a.repeated, a.in_evaluation);
  return out;
}

EASE_INLINE std::string before_after_table(score_table const& before, score_table const& after, std::string const& guard) {
  bool const judged = std::ranges::any_of(
      after.classes, [](auto const& one) { return one.second.attack_success_by_guard || one.second.unparsed_verdicts; });
  auto const if_judged = [&](std::string const& text) {
    return judged ? fmt::format("{:>24}", text.empty() ? "-" : text) : std::string{};
  };
  auto const wide = column_width(20, after.classes, [](auto const& one) { return terminal_text(one.first, true); });
  std::string out = fmt::format("{:<{}}{:>6}{:>24}{:>24}{:>24}{}{:>24}{:>20}\n", "held-out", wide, "rows", "thinks",
                                "refuses", "attack success", if_judged("by guard"), "complies", "tokens/answer");
  auto const bounds_of = [](std::optional<rate_bounds> const& of) {
    return of ? fmt::format(" ({:.0f}-{:.0f})", 100 * of->low, 100 * of->high) : std::string{};
  };
  // Both rates, and the interval of the second.
  auto const move = [&](std::optional<double> was, std::optional<double> is, std::optional<rate_bounds> const& bounds) {
    return was && is ? detail::percent(*was) + " -> " + detail::percent(*is) + bounds_of(bounds) : std::string{};
  };
  for (auto const& [name, was] : before.classes)
    for (auto const& [other, is] : after.classes)
      if (other == name)
        out += fmt::format(
            "{:<{}}{:>6}{:>24}{:>24}{:>24}{}{:>24}{:>20}\n", terminal_text(name, true), wide, is.rows,
            move(was.think_rate, is.think_rate, is.think_rate_interval),
            move(was.refusal_rate, is.refusal_rate, is.refusal_rate_interval),
            move(was.attack_success, is.attack_success, is.attack_success_interval),
            if_judged(move(was.attack_success_by_guard, is.attack_success_by_guard, is.attack_success_by_guard_interval)),
            move(was.compliance, is.compliance, is.compliance_interval),
            fmt::format("{:.1f} -> {:.1f}", was.tokens_per_answer, is.tokens_per_answer));
  return out + detail::judges(judged, guard);
}

}  // namespace ease::inline v1
