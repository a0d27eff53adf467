// SPDX-License-Identifier: Apache-2.0
#pragma once
// The table of an evaluation as reports hold it: what follows from the counts of each class (method/evaluate.hpp), by the
// class's name and in the order in which the classes came.
#include <cstddef>
#include <ease/io/json/json_members.hpp>
#include <ease/method/evaluate.hpp>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct class_rates {
  std::size_t rows{0};
  double think_rate{0}, refusal_rate{0};
  std::optional<double> attack_success{}, compliance{};  // of harmful classes, of harmless ones
  std::optional<double> attack_success_by_guard{};       // if a guard was asked
  std::optional<std::size_t> unparsed_verdicts{};
  double tokens_per_answer{0};
  std::size_t unanswered{0}, truncated{0};

  static class_rates of(class_scores const& s) {
    class_rates r{.rows = s.rows,
                  .think_rate = s.think_rate(),
                  .refusal_rate = s.refusal_rate(),
                  .tokens_per_answer = s.tokens_per_answer(),
                  .unanswered = s.unanswered,
                  .truncated = s.truncated};
    (s.harmless() ? r.compliance : r.attack_success) = s.attack_success();
    if (s.guarded_attacks) r.attack_success_by_guard = s.rate(*s.guarded_attacks), r.unparsed_verdicts = s.unparsed;
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
                      member("truncated", &r::truncated)};
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
