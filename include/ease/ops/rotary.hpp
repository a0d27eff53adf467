// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rotary position embedding (Su et al. 2021) of one head, in the half-split layout of Hugging Face checkpoints:
// x * cos + (second half, first half) * sin, where the first half of `sin` is negated already.
#include <cstdint>
#include <ease/ops/isa.hpp>

namespace ease::inline v1::ops {

// x, cos, sin, y: [width]; x and y may be the same. x * cos is rounded to Number first.
template <class Number>
struct rotate_head {
  template <class Isa>
  [[gnu::always_inline]] static void run(Number const* x, Number const* cos, Number const* sin, std::int64_t width,
                                         Number* y) {
    std::int64_t const half = width / 2;
    std::int64_t i = 0;
    for (; i + Isa::lanes <= half; i += Isa::lanes) {
      auto const low = isa::load<Isa>(x + i), high = isa::load<Isa>(x + half + i);
      isa::store<Isa>(y + i, isa::as_stored<Isa>(y, low * isa::load<Isa>(cos + i)) + high * isa::load<Isa>(sin + i));
      isa::store<Isa>(y + half + i,
                      isa::as_stored<Isa>(y, high * isa::load<Isa>(cos + half + i)) + low * isa::load<Isa>(sin + half + i));
    }
    auto const turned = [](float a, Number c, float b, Number s) {
      return to_number<Number>(to_float(to_number<Number>(a * to_float(c))) + b * to_float(s));
    };
    for (; i < half; ++i) {
      float const low = to_float(x[i]), high = to_float(x[half + i]);
      y[i] = turned(low, cos[i], high, sin[i]);
      y[half + i] = turned(high, cos[half + i], low, sin[half + i]);
    }
  }
};

}  // namespace ease::inline v1::ops
