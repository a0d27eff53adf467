// SPDX-License-Identifier: Apache-2.0
#pragma once
// Do two models differ on the same prompts? McNemar's test (McNemar 1947) looks at the prompts where they disagree alone: by
// chance each of these would go either way equally often. Few of them: the exact binomial test; many: the chi-square
// distribution with one degree of freedom, with the continuity correction of Edwards (1948).
#include <algorithm>
#include <cmath>
#include <cstddef>

namespace ease::inline v1 {

struct mcnemar_test {
  std::size_t only_first{0}, only_second{0};  // prompts where one is true and the other is not
  double p_exact{1};                          // two-sided
  double statistic{0};                        // (|only_first - only_second| - 1)^2 / (only_first + only_second)
  double p_corrected{1};

  // What to report: the approximation holds from 25 disagreements on (Fleiss, Statistical Methods for Rates and Proportions).
  double p() const { return only_first + only_second < 25 ? p_exact : p_corrected; }
};

// Without a disagreement nothing tells the two apart, and every p is 1.
inline mcnemar_test mcnemar(std::size_t only_first, std::size_t only_second) {
  mcnemar_test out{.only_first = only_first, .only_second = only_second};
  auto const all = only_first + only_second;
  if (all == 0) return out;
  auto const n = static_cast<double>(all);
  // P(at most `fewer` of n) at one half, each term by the logarithm of its binomial coefficient.
  auto const fewer = std::min(only_first, only_second);
  double below = 0;
  for (std::size_t i = 0; i <= fewer; ++i) {
    auto const k = static_cast<double>(i);
    below += std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) - n * std::log(2.0));
  }
  out.p_exact = std::min(1.0, 2 * below);
  double const apart = std::abs(static_cast<double>(only_first) - static_cast<double>(only_second)) - 1;
  out.statistic = apart <= 0 ? 0 : apart * apart / n;
  out.p_corrected = std::erfc(std::sqrt(out.statistic / 2));  // the tail of chi-square with one degree of freedom
  return out;
}

}  // namespace ease::inline v1
