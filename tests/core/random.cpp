// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ease/core/random.hpp>
#include <ease/record/prompt_hash.hpp>
#include <set>
#include <vector>

#include "catch.hpp"

using namespace ease;

// What OpenSSL's own XXH3 must give, by its tests, for the bytes 00 52 92 9b b7 32 a3 24 and two seeds, and for no bytes.
TEST_CASE("random keys and prompt hashes are XXH3, the seed apart from the key") {
  constexpr std::uint64_t key = 0x24a332b79b925200;
  CHECK(random_key(0, key) == 0x24ccc9acaa9f65e4);
  CHECK(random_key(0x9e3779b185ebca8d, key) == 0x8f973410999b8f6b);
  CHECK(prompt_hash("") == 0x2d06800538d394c2);
}

TEST_CASE("what few seeds draw for few keys neither repeats nor leans") {
  std::set<std::uint64_t> seen;
  constexpr std::uint64_t seeds = 50, keys = 1000;
  std::vector<int> ones(64);
  for (std::uint64_t seed = 0; seed < seeds; ++seed)
    for (std::uint64_t key = 0; key < keys; ++key) {
      auto const drawn = random_key(seed, key);
      seen.insert(drawn);
      for (std::size_t bit = 0; bit < 64; ++bit) ones[bit] += static_cast<int>(drawn >> bit & 1U);
    }
  CHECK(seen.size() == seeds * keys);
  double const half = seeds * keys / 2.0;
  for (auto const count : ones) CHECK(std::abs(count - half) < 6 * std::sqrt(half / 2));
}

TEST_CASE("the first of the rows by random key are others for another seed") {
  auto const first = [](std::uint64_t seed) {
    std::vector<std::uint64_t> rows(1000);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i;
    std::ranges::sort(rows, {}, [&](std::uint64_t row) { return random_key(seed, row); });
    rows.resize(100);
    return std::set<std::uint64_t>{rows.begin(), rows.end()};
  };
  auto const one = first(42), other = first(43);
  auto const both = std::ranges::count_if(one, [&](auto row) { return other.contains(row); });
  CHECK(both < 30);  // 10 are expected
}
