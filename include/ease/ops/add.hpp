// SPDX-License-Identifier: Apache-2.0
#pragma once
// A sum of rows, for blocks whose residual does not follow a linear map at once (ops/linear.hpp adds it there).
#include <cstdint>
#include <ease/ops/isa.hpp>

namespace ease::inline v1::ops {

// y = a + b: a, b, y [count], a multiple of 32 (panel_width).
template <class Number>
struct add_row {
  template <class Isa>
  [[gnu::always_inline]] static void run(Number const* a, Number const* b, std::int64_t count, Number* y) {
    for (std::int64_t i = 0; i < count; i += Isa::lanes)
      isa::store<Isa>(y + i, isa::load<Isa>(a + i) + isa::load<Isa>(b + i));
  }
};

// y = scale * x.
template <class Number>
struct scale_row {
  template <class Isa>
  [[gnu::always_inline]] static void run(Number const* x, float scale, std::int64_t count, Number* y) {
    for (std::int64_t i = 0; i < count; i += Isa::lanes) isa::store<Isa>(y + i, isa::load<Isa>(x + i) * scale);
  }
};

}  // namespace ease::inline v1::ops
