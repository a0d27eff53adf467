// SPDX-License-Identifier: Apache-2.0
#pragma once
// The interval of a rate, Wilson's score interval (Wilson 1927): it stays within [0, 1] and has a width where none or all of
// the trials are hits.
#include <algorithm>
#include <cmath>
#include <cstddef>

namespace ease::inline v1 {

struct rate_interval {
  double low{0}, high{1};
};

// Of `hits` among `of` trials, 95 %. Without a trial nothing is known: [0, 1].
inline rate_interval wilson_interval(std::size_t hits, std::size_t of) {
  if (of == 0) return {};
  constexpr double z = 1.959963984540054;  // the normal distribution's 97.5th percentile
  auto const n = static_cast<double>(of);
  double const rate = static_cast<double>(hits) / n, z2 = z * z / n;
  double const middle = (rate + z2 / 2) / (1 + z2);
  double const half = z / (1 + z2) * std::sqrt(rate * (1 - rate) / n + z2 / (4 * n));
  return {hits == 0 ? 0 : std::max(0.0, middle - half), hits == of ? 1 : std::min(1.0, middle + half)};
}

}  // namespace ease::inline v1
