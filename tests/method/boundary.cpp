#include <ease/method/boundary.hpp>
#include <limits>
#include <random>

#include "catch.hpp"

using namespace ease;

namespace {
double worst_at(std::vector<boundary_group> const& groups, double shift) {
  double worst = 0;
  for (auto const& g : groups) worst = std::max(worst, g.error_at(shift));
  return worst;
}
}  // namespace

TEST_CASE("sides that are apart are parted in the middle") {
  std::vector<boundary_group> const groups{{"think", true, {-0.5, 1, 3}}, {"direct", false, {-9, -4, -2.5}}};
  CHECK(balancing_shift(groups) == Approx(1.5));  // the gap is from -2.5 to -0.5
  CHECK(worst_at(groups, balancing_shift(groups)) == 0);
}

TEST_CASE("a boundary that lies right stays between the nearest margins") {
  std::vector<boundary_group> const groups{{"think", true, {1, 2}}, {"direct", false, {-1, -2}}};
  CHECK(balancing_shift(groups) == 0);
}

TEST_CASE("many easy prompts of one kind do not outvote few hard ones of another") {
  std::vector<boundary_group> groups{{"think", true, {0.1, 0.2, 0.3, 2}}, {"hard", false, {-1, 0.25, 0.15, 0.05}}};
  groups.push_back({"easy", false, std::vector<double>(1000, -8.0)});
  // By count of prompts the shift that loses no thinking prompt is best; by kinds one of four on either side is.
  CHECK(worst_at(groups, balancing_shift(groups)) == Approx(0.25));
}

TEST_CASE("the shift found is the best there is, against trying them all") {
  std::mt19937_64 random{7};
  for (int round = 0; round < 50; ++round) {
    std::vector<boundary_group> groups;
    for (int g = 0; g < 3; ++g) {
      std::normal_distribution<double> margin{g == 0 ? 1.0 : -1.0 - g, 1.5};
      boundary_group group{"g", g == 0, {}};
      for (int i = 0; i < 20 + 10 * g; ++i) group.margins.push_back(margin(random));
      groups.push_back(group);
    }
    double least = 1;
    for (int step = -8000; step <= 8000; ++step) least = std::min(least, worst_at(groups, step / 1000.0));
    CHECK(worst_at(groups, balancing_shift(groups)) <= least);
  }
}

TEST_CASE("equal margins everywhere are no reason to fail") {
  std::vector<boundary_group> const groups{{"think", true, {1, 1}}, {"direct", false, {1}}};
  CHECK(std::isfinite(balancing_shift(groups)));
}

TEST_CASE("one side alone, or a margin that is no number, is an error") {
  std::vector<boundary_group> const one_side{{"think", true, {1, 2}}, {"direct", false, {}}};
  CHECK_THROWS_WITH(balancing_shift(one_side),
                    "boundary: there are no prompts that should be answered at once: without both sides there is nothing to "
                    "balance");
  std::vector<boundary_group> const broken{{"think", true, {std::numeric_limits<double>::quiet_NaN()}},
                                           {"direct", false, {1}}};
  CHECK_THROWS_WITH(balancing_shift(broken), "boundary: a margin of group think is not a finite number");
}
