// SPDX-License-Identifier: Apache-2.0
#pragma once
// What lies between two models at the same questions: the mean of the differences, with the interval of the paired bootstrap
// (Efron and Tibshirani 1993, percentiles): questions are drawn again with their both results, as often as there are any.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/random.hpp>
#include <span>
#include <vector>

namespace ease::inline v1 {

struct paired_interval {
  double difference{0};    // the second's mean less the first's
  double low{0}, high{0};  // 95 %
  std::size_t resamples{0};
};

// `first` and `second`: one value a question, in the same order. The same values give the same interval, whatever the machine.
// Throws ease::error where they are not equally many, or none.
inline paired_interval paired_difference(std::span<double const> first, std::span<double const> second,
                                         std::size_t resamples = 10'000, std::uint64_t seed = 42) {
  if (first.size() != second.size() || first.empty())
    throw error{"a paired difference needs as many values of one as of the other: {} and {}", first.size(), second.size()};
  auto const n = first.size();
  std::vector<double> each(n);
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += each[i] = second[i] - first[i];
  std::vector<double> means(resamples);
  std::uint64_t state = random_key(seed, n);
  for (auto& mean : means) {
    double drawn = 0;
    for (std::size_t i = 0; i < n; ++i) {
      std::uint64_t x = state += 0x9E3779B97F4A7C15U;  // splitmix64 (Steele et al. 2014)
      x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
      x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
      drawn += each[static_cast<std::size_t>(((x ^ (x >> 31U)) >> 32U) * n >> 32U)];
    }
    mean = drawn / static_cast<double>(n);
  }
  std::ranges::sort(means);
  auto const at = [&](double share) {  // between the two neighbours, as NumPy's percentile
    double const place = share * static_cast<double>(resamples - 1);
    auto const below = static_cast<std::size_t>(place);
    auto const above = std::min(below + 1, resamples - 1);
    return std::lerp(means[below], means[above], place - static_cast<double>(below));
  };
  return {sum / static_cast<double>(n), at(0.025), at(0.975), resamples};
}

}  // namespace ease::inline v1
