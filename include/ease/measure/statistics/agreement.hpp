// SPDX-License-Identifier: Apache-2.0
#pragma once
// Several judges of the same rows, pair by pair: on what share of the rows that both could read they say the same, and
// Cohen's kappa of it (measure/statistics/kappa.hpp).
#include <array>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/measure/statistics/kappa.hpp>
#include <optional>
#include <span>
#include <vector>

namespace ease::inline v1 {

// What a judge says of a row; nullopt: it could not read it.
using judged_rows = std::vector<std::optional<bool>>;

struct pair_agreement {
  std::size_t rows{0};                         // that both have read
  std::array<std::size_t, 4> counts{};         // neither, the second alone, the first alone, both say true
  std::optional<double> agreement{}, kappa{};  // nullopt where no row was read by both; kappa also where it is not defined
};

// The pairs [0][1], [0][2], ..., [1][2], ...: of n judges n (n - 1) / 2. Throws ease::error if they judged unequally many rows.
inline std::vector<pair_agreement> agreement_matrix(std::span<judged_rows const> judges) {
  std::vector<pair_agreement> out;
  for (std::size_t a = 0; a < judges.size(); ++a)
    for (std::size_t b = a + 1; b < judges.size(); ++b) {
      if (judges[a].size() != judges[b].size())
        throw error{"judges agree on the same rows only: {} and {} rows", judges[a].size(), judges[b].size()};
      auto& pair = out.emplace_back();
      for (std::size_t i = 0; i < judges[a].size(); ++i) {
        if (!judges[a][i] || !judges[b][i]) continue;
        ++pair.rows;
        ++pair.counts[(*judges[a][i] ? 2U : 0U) + (*judges[b][i] ? 1U : 0U)];
      }
      if (pair.rows == 0) continue;
      pair.agreement = static_cast<double>(pair.counts[0] + pair.counts[3]) / static_cast<double>(pair.rows);
      pair.kappa = cohens_kappa(pair.counts, 2);
    }
  return out;
}

}  // namespace ease::inline v1
