// SPDX-License-Identifier: Apache-2.0
#pragma once
// Root mean square layer norm (Zhang and Sennrich 2019) as transformers rounds it: x / sqrt(mean x^2 + eps) in float32,
// rounded to the dtype, times the weight, rounded again.
#include <cmath>
#include <cstdint>
#include <ease/ops/isa.hpp>

namespace ease::inline v1::ops {

// The readable reference: x, weight, y [width].
inline void rms_norm_reference(double const* x, double const* weight, std::int64_t width, double eps, double* y) {
  double squares = 0;
  for (std::int64_t i = 0; i < width; ++i) squares += x[i] * x[i];
  double const scale = 1.0 / std::sqrt(squares / static_cast<double>(width) + eps);
  for (std::int64_t i = 0; i < width; ++i) y[i] = x[i] * scale * weight[i];
}

// One row. x and y may be the same.
template <class Number>
struct rms_norm_row {
  template <class Isa>
  [[gnu::always_inline]] static void run(Number const* x, Number const* weight, std::int64_t width, float eps, Number* y) {
    using floats = typename Isa::floats;
    constexpr std::int64_t lanes = Isa::lanes;
    std::int64_t const whole = width / (2 * lanes) * 2 * lanes;
    floats even{}, odd{};
    for (std::int64_t i = 0; i < whole; i += 2 * lanes) {
      floats const a = isa::load<Isa>(x + i), b = isa::load<Isa>(x + i + lanes);
      even += a * a, odd += b * b;
    }
    float squares = isa::sum<Isa>(even + odd);
    Number last[2 * lanes]{}, weights[2 * lanes]{};  // the numbers left over, and zeros
    for (std::int64_t i = whole; i < width; ++i) last[i - whole] = x[i], weights[i - whole] = weight[i];
    if (whole < width) {
      floats const a = isa::load<Isa>(last), b = isa::load<Isa>(last + lanes);
      squares += isa::sum<Isa>(a * a + b * b);
    }
    float const scale = 1.0F / __builtin_sqrtf(squares / static_cast<float>(width) + eps);
    for (std::int64_t i = 0; i < whole; i += lanes)
      isa::store<Isa>(y + i, isa::as_stored<Isa>(y, isa::load<Isa>(x + i) * scale) * isa::load<Isa>(weight + i));
    if (whole == width) return;
    for (std::int64_t i = 0; i < 2 * lanes; i += lanes)
      isa::store<Isa>(last + i, isa::as_stored<Isa>(y, isa::load<Isa>(last + i) * scale) * isa::load<Isa>(weights + i));
    for (std::int64_t i = whole; i < width; ++i) y[i] = last[i - whole];
  }
};

}  // namespace ease::inline v1::ops
