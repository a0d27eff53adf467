// SPDX-License-Identifier: Apache-2.0
#include "table.hpp"

#include <fmt/format.h>

#include <ease/io/json/terminal_text.hpp>
#include <optional>

namespace ease::app {

namespace {

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

}  // namespace

std::string scores_table(evaluation const& scores) {
  std::string out = fmt::format("{:<16}{:>6}{:>9}{:>10}{:>16}{:>10}{:>15}\n", "class", "rows", "thinks", "refuses",
                                "attack success", "complies", "tokens/answer");
  for (auto const& s : scores)
    out += fmt::format("{:<16}{:>6}{:>9}{:>10}{:>16}{:>10}{:>15.1f}\n", terminal_text(s.name, true), s.rows,
                       percent(s.think_rate()), percent(s.refusal_rate()), s.harmless() ? "" : percent(s.attack_success()),
                       s.harmless() ? percent(s.compliance()) : "", s.tokens_per_answer());
  return out;
}

std::string mix_table(mix_report const& arms) {
  std::string out =
      fmt::format("{:<16}{:>8}{:>8}{:>8}{:>10}{:>13}\n", "arm", "read", "taken", "share", "repeated", "in held-out");
  for (auto const& a : arms)
    out += fmt::format("{:<16}{:>8}{:>8}{:>8}{:>10}{:>13}\n", terminal_text(a.name, true), a.read, a.taken, percent(a.share),
                       a.repeated, a.in_evaluation);
  return out;
}

std::string before_after_table(score_table const& before, score_table const& after) {
  std::string out = fmt::format("{:<16}{:>6}{:>16}{:>16}{:>18}{:>18}{:>20}\n", "held-out", "rows", "thinks", "refuses",
                                "attack success", "complies", "tokens/answer");
  auto const move = [](std::optional<double> was, std::optional<double> is) {
    return was && is ? percent(*was) + " -> " + percent(*is) : std::string{};
  };
  for (auto const& [name, was] : before.classes)
    for (auto const& [other, is] : after.classes)
      if (other == name)
        out += fmt::format("{:<16}{:>6}{:>16}{:>16}{:>18}{:>18}{:>20}\n", terminal_text(name, true), is.rows,
                           move(was.think_rate, is.think_rate), move(was.refusal_rate, is.refusal_rate),
                           move(was.attack_success, is.attack_success), move(was.compliance, is.compliance),
                           fmt::format("{:.1f} -> {:.1f}", was.tokens_per_answer, is.tokens_per_answer));
  return out;
}

}  // namespace ease::app
