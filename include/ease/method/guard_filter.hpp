// SPDX-License-Identifier: Apache-2.0
#pragma once
// Phase 2, step 1 (paper; filter_unsafe.py): the guard judges each (prompt, answer), with what
// stands in front of the prompt. In diagnosis the unsafe rows go on,
// they are the vulnerable region; `keep = kept::safe` is the rejection sampling of phase 1. The other two outcomes are
// rejections with a reason of their own, "safe" (or "unsafe") and "unparsed". They reach the side output with their verdict,
// so that another threshold can be chosen without judging again.
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ease/core/identity.hpp>
#include <ease/core/option.hpp>
#include <ease/guard/guard.hpp>
#include <ease/guard/unparsed_limit.hpp>
#include <ease/record/fields.hpp>
#include <ease/stage/ill_formed_stage.hpp>
#include <ease/stage/owner_or_ref.hpp>
#include <ease/stage/pipeline.hpp>
#include <ease/stage/report.hpp>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

// Which rows go on; `judged`: all whose verdict could be read.
enum class kept : std::uint8_t { unsafe, safe, judged };

struct guard_filter_options {
  kept keep{kept::unsafe};
  double max_unparsed{1.0};

  static constexpr auto options() {
    using o = guard_filter_options;
    return std::tuple{option("keep", &o::keep, "Which rows go on"),
                      option("max_unparsed", &o::max_unparsed,
                             "A larger fraction of verdicts that cannot be read fails the stage", between<double>{0, 1})
                          .without_effect_on_results()};
  }
};

template <guard Guard>
class guard_filter : public stage<needs<prompt, response, maybe<history>>, adds<judgement>> {
  using base = stage<needs<prompt, response, maybe<history>>, adds<judgement>>;

 public:
  using typename base::emit;
  using typename base::input;
  using typename base::output;

  template <class G>
    requires std::constructible_from<owner_or_ref<Guard>, G>
  explicit guard_filter(G&& judge, guard_filter_options options) : guard_{std::forward<G>(judge)}, options_{options} {}
  template <class G>
    requires std::constructible_from<owner_or_ref<Guard>, G>
  explicit guard_filter(G&& judge, kept keep = kept::unsafe)
      : guard_filter{std::forward<G>(judge), guard_filter_options{keep}} {}

  std::size_t window() const { return guard_->window(); }
  void each_part(auto&& visit) { visit(options_), visit(*guard_); }

  void operator()(std::span<input const> rows, emit const& done) {
    std::vector<judge_request> asks;
    asks.reserve(rows.size());
    for (auto const& row : rows) asks.push_back({get<prompt>(row), judged_text(get<response>(row)), get<history>(row)});
    guard_->judge(asks, [&](std::size_t i, outcome<verdict>&& said) {
      if (auto* broken = std::get_if<failure>(&said)) return done(i, std::move(*broken));
      auto& v = std::get<verdict>(said);
      name_judge(v, detail::short_name<Guard>());
      note_down(v);
      if (passes(v)) return done(i, base::with(std::move(v)));
      auto const* unread = std::get_if<unparsed>(&v);
      rejected why{std::string{name_of(v)}, unread != nullptr ? unread->reason : std::string{}};
      done(i, rejected_with<output>{std::move(why), base::with(std::move(v))});
    });
  }

  // The note of a pass in which answers were judged and none was kept.
  void finish(stage_count& counts) {
    auto const seen = std::exchange(seen_, {});
    if (options_.keep != kept::judged) counts.verdict = options_.keep == kept::unsafe ? "unsafe" : "safe";
    if (seen.judged > 0 && seen.kept == 0) counts.note = nothing_kept(seen);
    check_unparsed("guard_filter", seen.unparsed, seen.judged, options_.max_unparsed);
  }

 private:
  // The verdicts of one pass.
  struct tally {
    std::size_t judged{0}, kept{0}, unparsed{0};
    std::optional<double> nearest{};  // to being kept, of the probabilities of the rejected rows
  };

  bool passes(verdict const& v) const {
    if (options_.keep == kept::judged) return !std::holds_alternative<unparsed>(v);
    return options_.keep == kept::unsafe ? std::holds_alternative<unsafe>(v) : std::holds_alternative<safe>(v);
  }
  void note_down(verdict const& v) {
    ++seen_.judged;
    if (passes(v)) {
      ++seen_.kept;
    } else if (std::holds_alternative<unparsed>(v)) {
      ++seen_.unparsed;
    } else if (auto const p = options_.keep == kept::unsafe ? std::get<safe>(v).probability_unsafe
                                                            : std::get<unsafe>(v).probability_unsafe) {
      auto const before = seen_.nearest.value_or(*p);
      seen_.nearest = options_.keep == kept::unsafe ? std::max(before, *p) : std::min(before, *p);
    }
  }
  std::string nothing_kept(tally const& seen) const {
    if (seen.unparsed == seen.judged)
      return fmt::format("none of {} verdicts could be read: is the model a guard of this kind?", seen.judged);
    bool const wants_unsafe = options_.keep == kept::unsafe;
    auto note = fmt::format("none of {} answers was judged {}{}", seen.judged, wants_unsafe ? "unsafe" : "safe",
                            reads_refusals_only(*guard_) ? " by refusal phrases" : "");
    if (seen.unparsed > 0) note += fmt::format(" ({} unparsed)", seen.unparsed);
    if (seen.nearest)
      note += fmt::format("; the {} probability was {:.3g}: {} the guard's threshold, or draw more prompts",
                          wants_unsafe ? "highest" : "lowest", *seen.nearest, wants_unsafe ? "lower" : "raise");
    else
      note += fmt::format(": choose a guard {}, or draw more prompts",
                          reads_refusals_only(*guard_) ? "that reads what answers say" : "of another kind");
    return note;
  }

  owner_or_ref<Guard> guard_;
  guard_filter_options options_;
  tally seen_{};
};
template <>
class guard_filter<detail::no_judge> : public detail::ill_formed_stage {
 public:
  template <class T, class... Rest, class is_no_guard = T>
  explicit guard_filter(T&&, Rest const&...) = delete;
  template <detail::is_const T, class... Rest, class is_const_and_changes_while_it_is_asked = T>
  explicit guard_filter(T&&, Rest const&...) = delete;
};

template <class G>
  requires guard<std::remove_cvref_t<G>> && (!detail::is_const<G>)
guard_filter(G&&, kept = kept::unsafe) -> guard_filter<std::remove_cvref_t<G>>;
template <class G>
  requires guard<std::remove_cvref_t<G>> && (!detail::is_const<G>)
guard_filter(G&&, guard_filter_options) -> guard_filter<std::remove_cvref_t<G>>;
template <class G, class... Rest>
  requires(!guard<std::remove_cvref_t<G>> || detail::is_const<G>)
guard_filter(G&&, Rest const&...) -> guard_filter<detail::no_judge>;

}  // namespace ease::inline v1
