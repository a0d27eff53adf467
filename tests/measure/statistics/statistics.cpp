// SPDX-License-Identifier: Apache-2.0
// The numbers are those of statsmodels 0.14 (proportion_confint(method="wilson"), mcnemar), scikit-learn (cohen_kappa_score) and
// SciPy (bootstrap(method="percentile"), 200 000 resamples), computed for these tests.
#include <cmath>
#include <ease/measure/statistics/agreement.hpp>
#include <ease/measure/statistics/kappa.hpp>
#include <ease/measure/statistics/mcnemar.hpp>
#include <ease/measure/statistics/paired_difference.hpp>
#include <ease/measure/statistics/wilson.hpp>
#include <optional>
#include <vector>

#include "catch.hpp"

using namespace ease;

namespace {

bool near(double a, double b, double within = 1e-12) { return std::abs(a - b) <= within; }

}  // namespace

TEST_CASE("Wilson's interval is statsmodels'") {
  struct known {
    std::size_t hits, of;
    double low, high;
  };
  for (auto const& k :
       {known{0, 10, 0, 0.27753279986288926}, known{1, 10, 0.017876213095072924, 0.40415002679523854},
        known{5, 10, 0.23659309051256394, 0.7634069094874361}, known{10, 10, 0.7224672001371106, 1},
        known{3, 50, 0.020614970348973943, 0.16217091688838173}, known{81, 263, 0.2552885198782742, 0.36620957698280004},
        known{999, 1000, 0.9943574414020421, 0.9998234536293739}}) {
    INFO(k.hits << " of " << k.of);
    auto const found = wilson_interval(k.hits, k.of);
    CHECK(near(found.low, k.low));
    CHECK(near(found.high, k.high));
  }
  auto const nothing = wilson_interval(0, 0);
  CHECK(nothing.low == 0);
  CHECK(nothing.high == 1);
}

TEST_CASE("McNemar's test is statsmodels', exact and with the continuity correction") {
  struct known {
    std::size_t first, second;
    double exact, statistic, corrected;
  };
  for (auto const& k : {known{1, 0, 1, 0, 1}, known{3, 10, 0.09228515625, 2.769230769230769, 0.0960923294556734},
                        known{86, 150, 3.7159361395713866e-05, 16.81779661016949, 4.114562281345944e-05},
                        known{7, 30, 0.00019107642583549023, 13.08108108108108, 0.0002982932471420178},
                        known{40, 61, 0.046044066929342785, 3.9603960396039604, 0.04658274252301569}}) {
    INFO(k.first << " and " << k.second);
    for (auto const& t : {mcnemar(k.first, k.second), mcnemar(k.second, k.first)}) {
      CHECK(near(t.p_exact, k.exact, 1e-11));
      CHECK(near(t.statistic, k.statistic));
      CHECK(near(t.p_corrected, k.corrected));
      CHECK(t.p() == (k.first + k.second < 25 ? t.p_exact : t.p_corrected));
    }
  }
  // As R's mcnemar.test has it, the correction never makes a difference of none into one.
  CHECK(mcnemar(12, 12).statistic == 0);
  CHECK(mcnemar(12, 12).p_exact == 1);
  CHECK(mcnemar(0, 0).p() == 1);
  CHECK(mcnemar(0, 5000).p_exact >= 0);  // no overflow where 2^n has none
}

TEST_CASE("Cohen's kappa is scikit-learn's") {
  using table = std::vector<std::size_t>;
  CHECK(near(cohens_kappa(table{20, 5, 10, 15}, 2).value(), 0.4));
  CHECK(near(cohens_kappa(table{45, 15, 25, 15}, 2).value(), 0.13043478260869568));
  CHECK(near(cohens_kappa(table{25, 35, 5, 35}, 2).value(), 0.2592592592592593));
  CHECK(near(cohens_kappa(table{11, 2, 1, 3, 7, 4, 0, 5, 13}, 3).value(), 0.5071428571428571));
  CHECK_FALSE(cohens_kappa(table{0, 0, 0, 0}, 2));   // nothing judged
  CHECK_FALSE(cohens_kappa(table{12, 0, 0, 0}, 2));  // chance alone agrees always
  CHECK(near(cohens_kappa(table{6, 0, 0, 6}, 2).value(), 1));
  CHECK(near(cohens_kappa(table{0, 6, 6, 0}, 2).value(), -1));
  CHECK_THROWS_AS(cohens_kappa(table{1, 2, 3}, 2), error);
}

TEST_CASE("a paired difference has SciPy's interval, and the same one each time") {
  std::vector<double> first, second;
  for (std::size_t i = 0; i < 120; ++i) {
    first.push_back(i * 7919 % 100 < 40 ? 1 : 0);
    second.push_back(i * 104729 % 100 < 55 ? 1 : 0);
  }
  auto const found = paired_difference(first, second);
  CHECK(near(found.difference, 0.15));
  CHECK(near(found.low, 0.016666666666666666, 0.0084));  // one row of 120 is 0.0083
  CHECK(near(found.high, 0.2833333333333333, 0.0084));
  auto const again = paired_difference(first, second);
  CHECK(found.low == again.low);
  CHECK(found.high == again.high);
  auto const same = paired_difference(first, first);
  CHECK(same.low == 0);
  CHECK(same.high == 0);
  CHECK_THROWS_AS(paired_difference(first, std::vector<double>{1}), error);
}

TEST_CASE("judges are compared on the rows that both could read") {
  using rows = judged_rows;
  std::vector<rows> const judges{rows{true, true, false, false, std::nullopt}, rows{true, false, false, false, true},
                                 rows{std::nullopt, std::nullopt, std::nullopt, std::nullopt, true}};
  auto const pairs = agreement_matrix(judges);
  REQUIRE(pairs.size() == 3);
  CHECK(pairs[0].rows == 4);
  CHECK(pairs[0].counts == std::array<std::size_t, 4>{2, 0, 1, 1});
  CHECK(near(pairs[0].agreement.value(), 0.75));
  CHECK(near(pairs[0].kappa.value(), 0.5));  // (0.75 - (0.5 * 0.25 + 0.5 * 0.75)) / (1 - 0.5)
  CHECK(pairs[1].rows == 0);
  CHECK_FALSE(pairs[1].agreement);
  CHECK(pairs[2].rows == 1);
  CHECK(near(pairs[2].agreement.value(), 1));
  CHECK_FALSE(pairs[2].kappa);
  CHECK_THROWS_AS(agreement_matrix(std::vector<rows>{rows{true}, rows{}}), error);
}
