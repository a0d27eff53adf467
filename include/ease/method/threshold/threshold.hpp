// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a model's reasoning boundary lies, and how far to move it. A prompt's margin is the number of logits by which
// `<think>` beats every other first token of its answer: greedy decoding thinks where it is above 0. What a short training
// leaves in the last hidden state tells the two sides apart better than its row of `<think>` does
// (train/calibration/threshold_fit.hpp refits that row), and where the zero lies is chance: over three seeds of the demo it
// wandered by 0.7 logits. So it is set afterwards, on prompts nothing was trained on. The published method has no such step.
// Non-goal: tensors (train/calibration/think_threshold.hpp measures margins and moves them).
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/core/generator.hpp>
#include <ease/io/json/json_members.hpp>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace ease::inline v1 {

// Prompts to set the threshold by, all of one kind.
struct threshold_prompts {
  std::string name{};
  bool thinks{false};  // what is right for them
  std::vector<conversation> prompts{};
};

// What setting it did. Rates are the fractions of greedy answers that open `<think>`; the expected one is that of prompts
// like these which the threshold was not set by (from cross-validation).
struct threshold_report {
  struct group {
    std::string name{};
    bool thinks{false};
    std::size_t rows{0};
    double think_rate_before{0}, think_rate_after{0}, think_rate_expected{0};

    static constexpr auto members() {
      return std::tuple{member("name", &group::name),
                        member("should_think", &group::thinks),
                        member("rows", &group::rows),
                        member("think_rate_before", &group::think_rate_before),
                        member("think_rate_after", &group::think_rate_after),
                        member("think_rate_expected", &group::think_rate_expected)};
    }
  };
  double change{0};  // of the row of `<think>`: the length of the difference, as a fraction of the row's own
  double shift{0};   // logits: the part of it that moves all prompts alike
  std::vector<group> groups{};

  static constexpr auto members() {
    using r = threshold_report;
    return std::tuple{member("change", &r::change), member("shift", &r::shift), member("groups", &r::groups)};
  }
};

// Margins of prompts of one kind, which should all think or all be answered at once. Kinds stay apart, so that many easy
// prompts of one do not outvote few hard ones of another.
struct threshold_group {
  std::string name{};
  bool thinks{false};
  std::vector<double> margins{};

  // Fraction of the group that would be on the wrong side were every margin `shift` larger.
  double error_at(double shift) const {
    return mean_of([&](double m) { return (m + shift > 0) != thinks ? 1.0 : 0.0; });
  }
  // The same for an answer whose first token is drawn, at temperature 1, from `<think>` and its best rival: the mean
  // probability of the wrong one. It hardly depends on where one or two margins lie, as the fraction does.
  double risk_at(double shift) const {
    return mean_of([&](double m) { return 1 / (1 + std::exp(thinks ? m + shift : -m - shift)); });
  }

 private:
  double mean_of(auto&& loss) const {
    double sum = 0;
    for (auto const m : margins) sum += loss(m);
    return margins.empty() ? 0.0 : sum / static_cast<double>(margins.size());
  }
};

// The shift that makes the worst group's risk least; in the middle of them where several do. Throws ease::error unless there
// are prompts of both sides and every margin is finite.
inline double minimax_threshold(std::span<threshold_group const> groups) {
  bool sides[2]{};
  double least = std::numeric_limits<double>::infinity(), most = -least;
  for (auto const& group : groups)
    for (auto const margin : group.margins) {
      if (!(std::abs(margin) < std::numeric_limits<double>::infinity()))
        throw error{"threshold: a margin of group {} is not a finite number", group.name};
      least = std::min(least, margin), most = std::max(most, margin);
      sides[group.thinks ? 1 : 0] = true;
    }
  if (!sides[0] || !sides[1])
    throw error{"threshold: there are no prompts that should {}: without both sides there is nothing to balance",
                sides[0] ? "think" : "be answered at once"};

  // The more `shift`, the less risk on the side that thinks and the more on the other: the worst is least where they meet.
  auto const balance = [&](double shift) {
    double worst[2]{};
    for (auto const& group : groups)
      worst[group.thinks ? 1 : 0] = std::max(worst[group.thinks ? 1 : 0], group.risk_at(shift));
    return worst[1] - worst[0];
  };
  auto const last_where = [&](auto&& holds) {
    double low = -most - 1, high = -least + 1;
    for (int halved = 0; halved < 100; ++halved) {
      double const middle = low + (high - low) / 2;
      (holds(balance(middle)) ? low : high) = middle;
    }
    return low;
  };
  auto const from = last_where([](double b) { return b > 0; }), to = last_where([](double b) { return b >= 0; });
  return from + (to - from) / 2;
}

}  // namespace ease::inline v1
