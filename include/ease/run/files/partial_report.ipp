// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of run/files/partial_report.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <ease/method/tables/score_table.hpp>
#include <ease/run/files/partial_report.hpp>
#include <iterator>
#include <string_view>

namespace ease::inline v1 {

namespace detail::partial {

// The element whose `key` is this text; it is added if there is none.
template <class List>
auto& with(List& list, auto const& key, std::string const& text) {
  auto found = std::ranges::find_if(list, [&](auto const& one) { return key(one) == text; });
  if (found != list.end()) return *found;
  auto& added = list.emplace_back();
  key(added) = text;
  return added;
}
template <class T>
void add_if_any(std::optional<T>& sum, std::optional<T> const& more) {
  if (more) sum = sum.value_or(T{}) + *more;
}

inline void add(class_scores& sum, class_scores const& more) {
  sum.rows += more.rows, sum.thinking += more.thinking, sum.refusals += more.refusals, sum.attacks += more.attacks;
  sum.unparsed += more.unparsed, sum.unanswered += more.unanswered, sum.truncated += more.truncated;
  sum.tokens += more.tokens;
  sum.full_compliances += more.full_compliances, sum.full_refusals += more.full_refusals, sum.partials += more.partials;
  add_if_any(sum.guarded_attacks, more.guarded_attacks);
  if (sum.first_failure.empty()) sum.first_failure = more.first_failure;
}

}  // namespace detail::partial

EASE_INLINE partial_report partial_report::of(step_report const& part) {
  partial_report out{.remote = part.remote, .scores = {}, .inputs = part.inputs, .input = part.input, .models = part.models};
  for (std::size_t i = 0; i < part.scores.size(); ++i) out.scores.push_back({part.scores[i], part.first_rows[i]});
  return out;
}

EASE_INLINE partial_report& partial_report::operator+=(partial_report const& more) {
  using namespace detail::partial;
  for (auto const& one : more.remote) {
    auto& to = with(
        remote, [](auto& r) -> auto& { return r.model; }, one.model);
    to.from_journal += one.from_journal;
    to.usage += one.usage;
    add_if_any(to.cost, one.cost);
  }
  for (auto const& one : more.scores) {
    bool const there = std::ranges::any_of(scores, [&](auto const& s) { return s.counts.name == one.counts.name; });
    auto& to = with(
        scores, [](auto& s) -> auto& { return s.counts.name; }, one.counts.name);
    add(to.counts, one.counts);
    to.first_row = there ? std::min(to.first_row, one.first_row) : one.first_row;
  }
  std::ranges::sort(scores, {}, &one_class::first_row);
  if (input.empty()) input = more.input;
  if (models.empty()) models = more.models;
  for (std::size_t i = 0; i < more.inputs.size(); ++i) {
    if (i == inputs.size()) inputs.push_back({.file = more.inputs[i].file, .name = more.inputs[i].name});
    inputs[i].read += more.inputs[i].read, inputs[i].given += more.inputs[i].given;
  }
  return *this;
}

EASE_INLINE void partial_report::report_to(step_report& whole) const {
  whole.remote = remote;
  whole.inputs = inputs, whole.input = input, whole.models = models;
  for (auto const& s : scores) whole.scores.push_back(s.counts), whole.first_rows.push_back(s.first_row);
  if (!scores.empty()) whole.details = {to_json_text(score_details{score_table::of(whole.scores)})};
  auto const missing = missing_verdicts_of(whole.scores);
  whole.missing_verdicts = missing.text(), whole.failed_verdict = missing.first_failure;
}

}  // namespace ease::inline v1
