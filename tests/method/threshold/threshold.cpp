// SPDX-License-Identifier: Apache-2.0
#include <ease/method/threshold/threshold.hpp>
#include <limits>
#include <random>

#include "catch.hpp"

using namespace ease;

namespace {
double worst_at(std::vector<threshold_group> const& groups, double shift) {
  double worst = 0;
  for (auto const& g : groups) worst = std::max(worst, g.risk_at(shift));
  return worst;
}
}  // namespace

TEST_CASE("two sides that are each other's mirror image meet in the middle") {
  std::vector<threshold_group> const groups{{"think", true, {1.5, 4, 0.5}}, {"direct", false, {0.5, -2, 1.5}}};  // about 1
  CHECK(minimax_threshold(groups) == Approx(-1));
  std::vector<threshold_group> const right{{"think", true, {1, 2}}, {"direct", false, {-1, -2}}};
  CHECK(minimax_threshold(right) == Approx(0).margin(1e-12));
}

TEST_CASE("sides that are far apart are parted in the middle") {
  std::vector<threshold_group> const groups{{"think", true, {-500, 4000}}, {"direct", false, {-9000, -2500}}};
  CHECK(minimax_threshold(groups) == Approx(1500));  // where neither side has a risk that a double can tell from 0
}

TEST_CASE("the risk is the mean probability of the wrong one of two tokens, the error its share at temperature 0") {
  threshold_group const think{"think", true, {0, 2}}, direct{"direct", false, {0, 2}};
  CHECK(think.risk_at(0) == Approx((0.5 + 0.11920292202211755) / 2));  // 1 / (1 + e^2)
  CHECK(direct.risk_at(-2) == Approx((0.11920292202211755 + 0.5) / 2));
  CHECK(think.error_at(0) == 0.5);
  CHECK(direct.error_at(0) == 0.5);
  CHECK(threshold_group{}.risk_at(1) == 0);
}

TEST_CASE("many easy prompts of one kind do not outvote few hard ones of another") {
  std::vector<threshold_group> groups{{"think", true, {0.1, 0.2, 0.3, 2}}, {"hard", false, {-1, 0.25, 0.15, 0.05}}};
  auto const without = minimax_threshold(groups);
  groups.push_back({"easy", false, std::vector<double>(1000, -8.0)});
  CHECK(minimax_threshold(groups) == Approx(without));
}

TEST_CASE("the shift found is the best there is, against trying them all") {
  std::mt19937_64 random{7};
  for (int round = 0; round < 50; ++round) {
    std::vector<threshold_group> groups;
    for (int g = 0; g < 3; ++g) {
      std::normal_distribution<double> margin{g == 0 ? 1.0 : -1.0 - g, 1.5};
      threshold_group group{"g", g == 0, {}};
      for (int i = 0; i < 20 + 10 * g; ++i) group.margins.push_back(margin(random));
      groups.push_back(group);
    }
    double least = 1;
    for (int step = -800; step <= 800; ++step) least = std::min(least, worst_at(groups, step / 100.0));
    CHECK(worst_at(groups, minimax_threshold(groups)) <= least);
  }
}

TEST_CASE("equal margins everywhere are no reason to fail") {
  std::vector<threshold_group> const groups{{"think", true, {1, 1}}, {"direct", false, {1}}};
  CHECK(minimax_threshold(groups) == Approx(-1));
}

TEST_CASE("one side alone, or a margin that is no number, is an error") {
  std::vector<threshold_group> const one_side{{"think", true, {1, 2}}, {"direct", false, {}}};
  CHECK_THROWS_WITH(
      minimax_threshold(one_side),
      "threshold: there are no prompts that should be answered at once: without both sides there is nothing to "
      "balance");
  std::vector<threshold_group> const broken{{"think", true, {std::numeric_limits<double>::quiet_NaN()}},
                                            {"direct", false, {1}}};
  CHECK_THROWS_WITH(minimax_threshold(broken), "threshold: a margin of group think is not a finite number");
}
