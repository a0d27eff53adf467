// SPDX-License-Identifier: Apache-2.0
#pragma once
// Phase 2, step 2 (paper): the training set is a mix of components: vulnerable prompts with reasoning, plainly harmful
// prompts with a direct refusal, general prompts with a direct answer. The paper's ratio is not known, so it is the
// caller's, and the realised one is reported.
//
//     mix(vulnerable, refusals, general)                                        all rows of each, shuffled
//     mix(component_of("reason", vulnerable).count(150), component_of("direct", general))   so many of one
//     mix(component_of("reason", vulnerable).weight(1), component_of("direct", general).weight(2))
//                                                                   the largest mix with these proportions
//     mix(...).without(held_out)                  rows whose prompt is in the evaluation set are left out
//     mix(...).options({.seed = 7, .min_fraction = 0.5})
//                                                 a component that is empty, or under half of its count, is an error
//
// Components are any rows with a prompt and a target; a mix is itself a range of rows. A prompt that repeats one taken
// before (same words, whatever the case and white space) is left out and counted. With other messages in front (`history`) it is
// another prompt; one of the evaluation set stays one under any system message.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/identity.hpp>
#include <ease/core/random.hpp>
#include <ease/method/rows/mix_component.hpp>
#include <ease/method/rows/mix_report.hpp>
#include <ease/record/asked_about.hpp>
#include <ease/record/fields.hpp>
#include <ease/record/prompt_hash.hpp>
#include <ease/record/prompt_key.hpp>
#include <ease/stage/pipeline.hpp>
#include <iterator>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// `Components` is a tuple of components, or a vector of them.
template <class Components>
class mixed {
 public:
  explicit mixed(Components components) : components_{std::move(components)} {}

  mixed options(mix_options chosen) && {
    options_ = chosen;
    return std::move(*this);
  }
  mixed seed(std::uint64_t number) && {
    options_.seed = number;
    return std::move(*this);
  }
  // Any range of rows with a prompt; they are read here, and are part of the mix's identity.
  template <class Rows>
  mixed without(Rows&& held_out) && {
    for (auto const& row : held_out) held_out_.insert(question_key(row));
    return std::move(*this);
  }
  auto begin() {
    if (!done_) draw();
    return rows_.begin();
  }
  auto end() { return rows_.end(); }
  mix_report const& report() const { return report_; }
  mix_details details() const { return {report_}; }
  // The same as a stage's counts: rows of all components in, rows of the mix out.
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
    std::size_t at = 0;
    each_component([&](auto const& one) {
      if (at == report_.size()) return;
      if (auto const lack = report_[at++].lack(one.count()); !lack.empty())
        all.note += (all.note.empty() ? "" : "; ") + lack;
    });
    return all;
  }

  Components const& components() const { return components_; }
  // The same mix of other components.
  template <class Others>
  mixed<Others> with_components(Others components) const {
    mixed<Others> out{std::move(components)};
    out.options_ = options_;
    out.held_out_ = held_out_;
    return out;
  }
  // All but the components' rows.
  void each_part(auto&& visit) {
    visit(options_);
    std::vector<hash128> sorted{held_out_.begin(), held_out_.end()};
    std::ranges::sort(sorted, {}, [](hash128 const& h) { return std::pair{h.high, h.low}; });
    visit(sorted);
    each_component([&](auto const& one) {
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

  void each_component(auto&& visit) const {
    if constexpr (requires { components_.size(); })
      for (auto const& one : components_) visit(one);
    else
      std::apply([&](auto const&... one) { (visit(one), ...); }, components_);
  }

  void draw() {
    report_.clear(), rows_.clear();
    std::vector<std::vector<numbered_row>> pools;
    std::vector<std::string> reasons;  // why a component has no rows
    std::unordered_set<hash128> seen;
    each_component([&](auto const& one) {
      pools.push_back(pool(one, seen));
      reasons.push_back(why_empty(one));
    });
    auto const wanted = sizes(pools);
    for (std::size_t a = 0; a < pools.size(); ++a) {
      report_[a].not_needed = pools[a].size() - wanted[a];
      report_[a].taken = wanted[a];
    }
    if (options_.min_fraction > 0) check_fractions(reasons);
    std::vector<numbered_row> taken;
    for (std::size_t a = 0; a < pools.size(); ++a)
      std::move(pools[a].begin(), pools[a].begin() + static_cast<std::ptrdiff_t>(wanted[a]), std::back_inserter(taken));
    for (auto& r : report_)
      r.fraction = taken.empty() ? 0.0 : static_cast<double>(r.taken) / static_cast<double>(taken.size());
    shuffle_rows(taken, options_.seed + 1);
    rows_.reserve(taken.size());
    for (auto& one : taken) rows_.push_back(std::move(one.row));
    done_ = true;
  }

  // The component's distinct rows, shuffled, so that its first n are a fair draw.
  template <class A>
  std::vector<numbered_row> pool(A const& one, std::unordered_set<hash128>& seen) {
    component_report counts{.name = one.name()};
    std::vector<numbered_row> rows;
    if constexpr (requires { std::ranges::size(one.rows()); }) {
      rows.reserve(std::ranges::size(one.rows()));
      seen.reserve(seen.size() + rows.capacity());
    }
    for (auto const& row : one.rows()) {
      ++counts.read;
      auto const& before = get_or_default<history>(row);
      auto const key = prompt_key(get<prompt>(row), before);
      if (held_out_.contains(has_system(before) ? question_key(row) : key))
        ++counts.in_evaluation;
      else if (!seen.insert(key).second)
        ++counts.repeated;
      else
        rows.push_back(
            {make_record<history, prompt, target, component>(before, get<prompt>(row), get<target>(row), one.name()),
             prompt_hash(get<prompt>(row), before)});
    }
    report_.push_back(std::move(counts));
    shuffle_rows(rows, options_.seed);
    return rows;
  }
  // A question of the evaluation is that question under any system message.
  static hash128 question_key(auto const& row) {
    return prompt_key(get<prompt>(row), without_system(get_or_default<history>(row)));
  }
  template <class A>
  static std::string why_empty(A const& one) {
    if constexpr (requires { one.rows().why_empty(); })
      return one.rows().why_empty();
    else
      return {};
  }

  void check_fractions(std::vector<std::string> const& reasons) const {
    std::size_t at = 0;
    each_component([&](auto const& one) {
      auto const& r = report_[at];
      auto const& note = reasons[at++];
      if (one.count() == std::size_t{0}) return;
      auto const name = one.name() + (one.filled_by().empty() ? "" : " (" + one.filled_by() + ")");
      auto const left = fmt::format("{} rows were read, {} are in the evaluation set, {} repeat others{}", r.read,
                                    r.in_evaluation, r.repeated, note.empty() ? "" : " (" + note + ")");
      if (r.taken == 0) throw error{"mix: component {} is empty: {}; ask for 0 of its rows to train without it", name, left};
      if (one.count() && static_cast<double>(r.taken) < options_.min_fraction * static_cast<double>(*one.count()))
        throw error{
            "mix: component {} has {} of the {} rows asked for, under the min_fraction of {}: {}; ask for fewer rows, or "
            "lower min_fraction",
            name,
            r.taken,
            *one.count(),
            options_.min_fraction,
            left};
    });
  }

  // In the order of each prompt's random number, which depends on the prompt and the seed alone.
  static void shuffle_rows(std::vector<numbered_row>& rows, std::uint64_t seed) {
    std::vector<std::pair<std::uint64_t, std::size_t>> order;
    order.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) order.emplace_back(random_key(seed, rows[i].key), i);
    std::ranges::sort(order);
    std::vector<numbered_row> out;
    out.reserve(rows.size());
    for (auto const& [number, i] : order) out.push_back(std::move(rows[i]));
    rows = std::move(out);
  }

  std::vector<std::size_t> sizes(std::vector<std::vector<numbered_row>> const& pools) const {
    std::vector<std::optional<std::size_t>> counts;
    std::vector<std::optional<double>> weights;
    each_component([&](auto const& one) {
      counts.push_back(one.count());
      weights.push_back(one.weight());
    });
    auto const weighted = static_cast<std::size_t>(std::count_if(weights.begin(), weights.end(), [](auto& w) { return w; }));
    if (weighted != 0 && weighted != weights.size())
      throw usage_error{"mix: give every component a weight or none; {} of {} have one", weighted, weights.size()};
    std::vector<std::size_t> wanted;
    double scale = 0;  // rows per unit of weight that the scarcest component allows
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

  Components components_;
  mix_options options_{};
  std::unordered_set<hash128> held_out_{};
  std::vector<mixed_row> rows_{};
  mix_report report_{};
  bool done_{false};
};

namespace detail {
template <class A>
auto as_component(A&& one, std::size_t number) {
  if constexpr (is_component<std::remove_cvref_t<A>>)
    return std::forward<A>(one);
  else
    return component_of(fmt::format("component {}", number), std::forward<A>(one));
}
template <class... Components, std::size_t... Is>
auto mix_of(std::index_sequence<Is...>, Components&&... components) {
  return mixed{std::tuple{as_component(std::forward<Components>(components), Is + 1)...}};
}
}  // namespace detail

// The same for components whose number is known at run time only (a command line): all of one type.
template <class Rows>
auto mix_all(std::vector<mix_component<Rows>> components) {
  return mixed<std::vector<mix_component<Rows>>>{std::move(components)};
}

template <class... Components>
  requires(sizeof...(Components) > 0 && detail::alike<Components...>)
auto mix(Components&&... components) {
  return detail::mix_of(std::index_sequence_for<Components...>{}, std::forward<Components>(components)...);
}

// Read this if your compile breaks here: a component's rows have no such field. A direct component gets its target from the
// file (key "completion"), a reasoned one from cot.
template <class... Components,
          class a_component_lacks_a_field_every_component_must_have = typename detail::lacking<Components...>::type>
  requires((detail::some_component<Components> && ...) &&
           !std::is_void_v<a_component_lacks_a_field_every_component_must_have>)
broken mix(Components const&...) = delete;

// Likewise: one of the components is broken, and has said so.
template <class... Components>
  requires(std::same_as<std::remove_cvref_t<Components>, broken> || ...)
broken mix(Components const&...) {
  return {};
}

}  // namespace ease::inline v1
