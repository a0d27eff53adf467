// SPDX-License-Identifier: Apache-2.0
#pragma once
// Phase 2, step 2 (paper): the training set is a mix of arms: vulnerable prompts with reasoning, plainly harmful prompts
// with a direct refusal, general prompts with a direct answer. The paper's ratio is not known, so it is the caller's, and
// the realised one is reported.
//
//     mix(vulnerable, refusals, general)                                        all rows of each, shuffled
//     mix(arm_of("reason", vulnerable).count(150), arm_of("direct", general))   so many of one
//     mix(arm_of("reason", vulnerable).weight(1), arm_of("direct", general).weight(2))
//                                                                   the largest mix with these proportions
//     mix(...).without(held_out)                  rows whose prompt is in the evaluation set are left out
//     mix(...).options({.seed = 7, .min_share = 0.5})
//                                                 an arm that is empty, or under half of its count, is an error
//
// Arms are any rows with a prompt and a target; a mix is itself a range of rows. A prompt that repeats one taken before
// (same words, whatever the case and white space) is left out and counted.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/identity.hpp>
#include <ease/core/random.hpp>
#include <ease/method/rows/mix_arm.hpp>
#include <ease/method/rows/mix_report.hpp>
#include <ease/record/fields.hpp>
#include <ease/record/prompt_key.hpp>
#include <ease/record/row_key.hpp>
#include <ease/stage/pipeline.hpp>
#include <iterator>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

namespace ease {

// `Arms` is a tuple of arms, or a vector of them.
template <class Arms>
class mixed {
 public:
  explicit mixed(Arms arms) : arms_{std::move(arms)} {}

  mixed options(mix_options how) && {
    options_ = how;
    return std::move(*this);
  }
  mixed seed(std::uint64_t number) && {
    options_.seed = number;
    return std::move(*this);
  }
  // Any range of rows with a prompt; they are read here, and are part of the mix's identity.
  template <class Rows>
  mixed without(Rows&& held_out) && {
    for (auto const& row : held_out) held_out_.insert(prompt_key(get<prompt>(row)));
    return std::move(*this);
  }

  auto begin() {
    if (!done_) draw();
    return rows_.begin();
  }
  auto end() { return rows_.end(); }
  mix_report const& report() const { return report_; }
  mix_details details() const { return {report_}; }
  // The same as a stage's counts: rows of all arms in, rows of the mix out.
  stage_count counts_of_rows() const {
    stage_count all{.stage = "mix", .out = rows_.size()};
    auto const left_out = [&](char const* reason, std::size_t rows) {
      if (rows > 0) all.rejected[reason] += rows;
    };
    for (auto const& a : report_) {
      all.in += a.read;
      left_out("not_needed", a.not_needed);
      left_out("repeated", a.repeated);
      left_out("in_evaluation", a.in_evaluation);
    }
    return all;
  }

  Arms const& arms() const { return arms_; }
  // The same mix of other arms.
  template <class Others>
  mixed<Others> with_arms(Others arms) const {
    mixed<Others> out{std::move(arms)};
    out.options_ = options_;
    out.held_out_ = held_out_;
    return out;
  }
  // All but the arms' rows.
  void each_part(auto&& visit) {
    visit(options_);
    std::vector<hash128> sorted{held_out_.begin(), held_out_.end()};
    std::ranges::sort(sorted, {}, [](hash128 const& h) { return std::pair{h.high, h.low}; });
    visit(sorted);
    each_arm([&](auto const& one) {
      visit(one.name());
      visit(one.count());
      visit(one.weight());
    });
  }

 private:
  template <class Others>
  friend class mixed;

  struct numbered_row {
    mixed_row row{};
    std::uint64_t key{0};  // of its prompt
  };

  void each_arm(auto&& visit) const {
    if constexpr (requires { arms_.size(); })
      for (auto const& one : arms_) visit(one);
    else
      std::apply([&](auto const&... one) { (visit(one), ...); }, arms_);
  }

  void draw() {
    report_.clear(), rows_.clear();
    std::vector<std::vector<numbered_row>> pools;
    std::vector<std::string> reasons;  // why an arm has no rows
    std::unordered_set<hash128> seen;
    each_arm([&](auto const& one) {
      pools.push_back(pool(one, seen));
      reasons.push_back(why_empty(one));
    });
    auto const wanted = sizes(pools);
    for (std::size_t a = 0; a < pools.size(); ++a) {
      report_[a].not_needed = pools[a].size() - wanted[a];
      report_[a].taken = wanted[a];
    }
    if (options_.min_share > 0) check_shares(reasons);
    std::vector<numbered_row> taken;
    for (std::size_t a = 0; a < pools.size(); ++a)
      std::move(pools[a].begin(), pools[a].begin() + static_cast<std::ptrdiff_t>(wanted[a]), std::back_inserter(taken));
    for (auto& r : report_) r.share = taken.empty() ? 0.0 : static_cast<double>(r.taken) / static_cast<double>(taken.size());
    shuffle_rows(taken, options_.seed + 1);
    rows_.reserve(taken.size());
    for (auto& one : taken) rows_.push_back(std::move(one.row));
    done_ = true;
  }

  // The arm's distinct rows, shuffled, so that its first n are a fair draw.
  template <class A>
  std::vector<numbered_row> pool(A const& one, std::unordered_set<hash128>& seen) {
    arm_report counts{.name = one.name()};
    std::vector<numbered_row> rows;
    if constexpr (requires { std::ranges::size(one.rows()); }) {
      rows.reserve(std::ranges::size(one.rows()));
      seen.reserve(seen.size() + rows.capacity());
    }
    for (auto const& row : one.rows()) {
      ++counts.read;
      auto const key = prompt_key(get<prompt>(row));
      if (held_out_.contains(key))
        ++counts.in_evaluation;
      else if (!seen.insert(key).second)
        ++counts.repeated;
      else
        rows.push_back(
            {make_record<prompt, target, arm>(get<prompt>(row), get<target>(row), one.name()), row_key(get<prompt>(row))});
    }
    report_.push_back(std::move(counts));
    shuffle_rows(rows, options_.seed);
    return rows;
  }
  template <class A>
  static std::string why_empty(A const& one) {
    if constexpr (requires { one.rows().why_empty(); })
      return one.rows().why_empty();
    else
      return {};
  }

  void check_shares(std::vector<std::string> const& reasons) const {
    std::size_t at = 0;
    each_arm([&](auto const& one) {
      auto const& r = report_[at];
      auto const& note = reasons[at++];
      auto const why = note.empty() ? std::string{} : " (" + note + ")";
      auto const left = fmt::format("{} rows were read, {} are in the evaluation set, {} repeat others{}", r.read,
                                    r.in_evaluation, r.repeated, why);
      if (one.count() == std::size_t{0}) return;
      if (r.taken == 0) throw error{"mix: arm {} is empty: {}; ask for 0 of its rows to train without it", one.name(), left};
      if (one.count() && static_cast<double>(r.taken) < options_.min_share * static_cast<double>(*one.count()))
        throw error{
            "mix: arm {} has {} of the {} rows asked for, under the min_share of {}: {}; ask for fewer rows, or "
            "lower min_share",
            one.name(),
            r.taken,
            *one.count(),
            options_.min_share,
            left};
    });
  }

  // In the order of each prompt's random number, which depends on the prompt and the seed alone.
  static void shuffle_rows(std::vector<numbered_row>& rows, std::uint64_t seed) {
    std::vector<std::pair<std::uint64_t, std::size_t>> order;
    order.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) order.emplace_back(lot(seed, rows[i].key), i);
    std::ranges::sort(order);
    std::vector<numbered_row> out;
    out.reserve(rows.size());
    for (auto const& [number, i] : order) out.push_back(std::move(rows[i]));
    rows = std::move(out);
  }

  std::vector<std::size_t> sizes(std::vector<std::vector<numbered_row>> const& pools) const {
    std::vector<std::optional<std::size_t>> counts;
    std::vector<std::optional<double>> weights;
    each_arm([&](auto const& one) {
      counts.push_back(one.count());
      weights.push_back(one.weight());
    });
    auto const weighted = static_cast<std::size_t>(std::count_if(weights.begin(), weights.end(), [](auto& w) { return w; }));
    if (weighted != 0 && weighted != weights.size())
      throw error{"mix: give every arm a weight or none; {} of {} have one", weighted, weights.size()};
    std::vector<std::size_t> wanted;
    double scale = 0;  // rows per unit of weight that the scarcest arm allows
    for (std::size_t a = 0; a < pools.size(); ++a) {
      auto const most = static_cast<double>(std::min(pools[a].size(), counts[a].value_or(pools[a].size())));
      if (weighted != 0) scale = a == 0 ? most / *weights[a] : std::min(scale, most / *weights[a]);
    }
    for (std::size_t a = 0; a < pools.size(); ++a) {
      auto const most = std::min(pools[a].size(), counts[a].value_or(pools[a].size()));
      wanted.push_back(weighted == 0 ? most : std::min(most, static_cast<std::size_t>(scale * *weights[a] + 1e-9)));
    }
    return wanted;
  }

  Arms arms_;
  mix_options options_{};
  std::unordered_set<hash128> held_out_{};
  std::vector<mixed_row> rows_{};
  mix_report report_{};
  bool done_{false};
};

namespace detail {
template <class A>
auto as_arm(A&& one, std::size_t number) {
  if constexpr (is_arm<std::remove_cvref_t<A>>)
    return std::forward<A>(one);
  else
    return arm_of(fmt::format("arm {}", number), std::forward<A>(one));
}
template <class... Arms, std::size_t... Is>
auto mix_of(std::index_sequence<Is...>, Arms&&... arms) {
  return mixed{std::tuple{as_arm(std::forward<Arms>(arms), Is + 1)...}};
}
}  // namespace detail

// The same for arms whose number is known at run time only (a command line): all of one type.
template <class Rows>
auto mix_all(std::vector<arm_of_rows<Rows>> arms) {
  return mixed<std::vector<arm_of_rows<Rows>>>{std::move(arms)};
}

template <class... Arms>
  requires(sizeof...(Arms) > 0 && detail::alike<Arms...>)
auto mix(Arms&&... arms) {
  return detail::mix_of(std::index_sequence_for<Arms...>{}, std::forward<Arms>(arms)...);
}

// Read this if your compile breaks here: an arm's rows have no such field. A direct arm gets its target from the file (key
// "completion"), a reasoned one from cot.
template <class... Arms, class an_arm_lacks_a_field_every_arm_must_have = typename detail::lacking<Arms...>::type>
  requires((detail::some_arm<Arms> && ...) && !std::is_void_v<an_arm_lacks_a_field_every_arm_must_have>)
broken mix(Arms const&...) = delete;

// Likewise: one of the arms is broken, and has said so.
template <class... Arms>
  requires(std::same_as<std::remove_cvref_t<Arms>, broken> || ...)
broken mix(Arms const&...) {
  return {};
}

}  // namespace ease
