// SPDX-License-Identifier: Apache-2.0
#pragma once
// The table of an evaluation as reports hold it: what follows from the counts of each class (method/evaluate.hpp), by the
// class's name and in the order in which the classes came.
#include <cstddef>
#include <ease/io/json/json_members.hpp>
#include <ease/measure/statistics/wilson.hpp>
#include <ease/method/evaluate.hpp>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// Of a rate in [0, 1]: Wilson's interval, 95 %.
struct rate_bounds {
  double low{0}, high{1};

  static rate_bounds of(std::size_t hits, std::size_t rows) {
    auto const found = wilson_interval(hits, rows);
    return {found.low, found.high};
  }
  static constexpr auto members() {
    return std::tuple{member("low", &rate_bounds::low), member("high", &rate_bounds::high)};
  }
};

// How many of the answers that came are of each class (measure/answers/answer_class.hpp), as fractions of the class's rows.
struct answer_rates {
  double complied{0}, refused{0}, partial{0};
  rate_bounds complied_interval{}, refused_interval{}, partial_interval{};

  static constexpr auto members() {
    using a = answer_rates;
    return std::tuple{member("complied", &a::complied), member("complied_interval", &a::complied_interval),
                      member("refused", &a::refused),   member("refused_interval", &a::refused_interval),
                      member("partial", &a::partial),   member("partial_interval", &a::partial_interval)};
  }
};

struct class_rates {
  std::size_t rows{0};
  double think_rate{0}, refusal_rate{0};
  std::optional<double> attack_success{}, compliance{};  // of harmful classes, of harmless ones
  std::optional<double> attack_success_by_guard{};       // if a guard was asked, and any of its verdicts could be read
  std::optional<std::size_t> unparsed_verdicts{};
  double tokens_per_answer{0};
  std::size_t unanswered{0}, truncated{0};
  std::optional<double> seconds_per_answer{};  // if they were measured: of the whole pass, shared out by tokens
  std::optional<answer_rates> answers{};
  std::optional<rate_bounds> think_rate_interval{}, refusal_rate_interval{}, attack_success_interval{},
      compliance_interval{}, attack_success_by_guard_interval{};

  static class_rates of(class_scores const& s) {
    class_rates r{.rows = s.rows,
                  .think_rate = s.think_rate(),
                  .refusal_rate = s.refusal_rate(),
                  .tokens_per_answer = s.tokens_per_answer(),
                  .unanswered = s.unanswered,
                  .truncated = s.truncated};
    (s.harmless() ? r.compliance : r.attack_success) = s.attack_success();
    r.think_rate_interval = rate_bounds::of(s.thinking, s.rows);
    r.refusal_rate_interval = rate_bounds::of(s.refusals, s.rows);
    (s.harmless() ? r.compliance_interval : r.attack_success_interval) = rate_bounds::of(s.attacks, s.rows);
    r.answers = answer_rates{.complied = s.rate(s.full_compliances),
                             .refused = s.rate(s.full_refusals),
                             .partial = s.rate(s.partials),
                             .complied_interval = rate_bounds::of(s.full_compliances, s.rows),
                             .refused_interval = rate_bounds::of(s.full_refusals, s.rows),
                             .partial_interval = rate_bounds::of(s.partials, s.rows)};
    if (s.guarded_attacks) r.unparsed_verdicts = s.unparsed;
    if (s.guarded_attacks && !s.no_verdict()) {
      r.attack_success_by_guard = s.rate(*s.guarded_attacks);
      r.attack_success_by_guard_interval = rate_bounds::of(*s.guarded_attacks, s.rows);
    }
    return r;
  }
  static constexpr auto members() {
    using r = class_rates;
    return std::tuple{member("rows", &r::rows),
                      member("think_rate", &r::think_rate),
                      member("refusal_rate", &r::refusal_rate),
                      member("attack_success", &r::attack_success),
                      member("compliance", &r::compliance),
                      member("attack_success_by_guard", &r::attack_success_by_guard),
                      member("unparsed_verdicts", &r::unparsed_verdicts),
                      member("tokens_per_answer", &r::tokens_per_answer),
                      member("unanswered", &r::unanswered),
                      member("truncated", &r::truncated),
                      member("seconds_per_answer", &r::seconds_per_answer),
                      member("answers", &r::answers),
                      member("think_rate_interval", &r::think_rate_interval),
                      member("refusal_rate_interval", &r::refusal_rate_interval),
                      member("attack_success_interval", &r::attack_success_interval),
                      member("compliance_interval", &r::compliance_interval),
                      member("attack_success_by_guard_interval", &r::attack_success_by_guard_interval)};
  }
};

struct score_table {
  std::vector<std::pair<std::string, class_rates>> classes{};

  static score_table of(evaluation const& scores) {
    score_table out;
    for (auto const& s : scores) out.classes.emplace_back(s.name, class_rates::of(s));
    return out;
  }
};

// The details of an evaluation's report.
struct score_details {
  score_table scores{};

  static constexpr auto members() { return std::tuple{member("scores", &score_details::scores)}; }
};

}  // namespace ease::inline v1

// {"jailbreak": {"rows": 50, ...}, ...}
template <>
struct ease::json_codec<ease::score_table> {
  static score_table read(simdjson::ondemand::value value) {
    detail::expect_kind(value, simdjson::ondemand::json_type::object, "an object");
    score_table out;
    for (auto field : detail::expect(value.get_object())) {
      auto one = detail::expect(std::move(field));
      std::string name{detail::expect(one.unescaped_key())};
      out.classes.emplace_back(std::move(name), read_json<class_rates>(one.value()));
    }
    return out;
  }
  static void write(json_writer& out, score_table const& table) {
    out.object();
    for (auto const& [name, rates] : table.classes) {
      out.key(name);
      json_codec<class_rates>::write(out, rates);
    }
    out.end();
  }
};
