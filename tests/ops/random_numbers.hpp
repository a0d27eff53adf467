// SPDX-License-Identifier: Apache-2.0
#pragma once
// Random matrices of both kinds of numbers, and how far a result may be from the exact one.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <ease/ops/isa.hpp>
#include <random>
#include <vector>

namespace ops_test {

using ease::ops::bf16;

template <class Number>
std::vector<Number> random_numbers(std::mt19937& random, std::int64_t count) {
  std::normal_distribution<float> draw;
  std::vector<Number> all(static_cast<std::size_t>(count));
  for (Number& x : all) x = ease::ops::to_number<Number>(draw(random));
  return all;
}

template <class Number>
double exact(Number x) {
  return static_cast<double>(ease::ops::to_float(x));
}

// Relative: half a unit in the last place of a result, with some for a rounding in between.
template <class Number>
inline constexpr double rounding = std::is_same_v<Number, bf16> ? 0x1p-7 : 0x1p-22;

template <class Number>
bool same_bits(Number const* a, Number const* b, std::int64_t count) {
  return std::memcmp(a, b, static_cast<std::size_t>(count) * sizeof(Number)) == 0;
}

}  // namespace ops_test
