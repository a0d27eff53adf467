// SPDX-License-Identifier: Apache-2.0
#pragma once
// silu(x G^T) * (x U^T), the gated half of an MLP (Shazeer 2020), by a team of threads: the panels of both matrices that make
// the same outputs are multiplied one after the other, and their sums go no further than the cache.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ease/ops/isa.hpp>
#include <ease/ops/linear.hpp>
#include <ease/ops/panel_product.hpp>
#include <ease/ops/thread_team.hpp>

namespace ease::inline v1::ops {

// The readable reference: one number.
inline double silu_and_mul_reference(double gate, double up) { return gate / (1.0 + std::exp(-gate)) * up; }

// The gate, its silu and `up` are rounded to Number each, as by operations of their own.
template <class Isa, class Number>
[[gnu::always_inline]] inline void store_silu_and_mul(typename Isa::floats const& gate, typename Isa::floats const& up,
                                                      Number* y) {
  auto const g = isa::as_stored<Isa>(y, gate);
  auto const e = isa::exp_of_nonpositive<Isa>(g < 0.0F ? g : -g);
  auto const silu = isa::as_stored<Isa>(y, g * ((g < 0.0F ? e : isa::all<Isa>(1.0F)) / (1.0F + e)));
  isa::store<Isa>(y, silu * isa::as_stored<Isa>(y, up));
}

// gate, up: [rows, 32]; y: `stride` from row to row.
template <class Number>
struct silu_and_mul_tile {
  template <class Isa>
  [[gnu::always_inline]] static void run(std::int64_t rows, float const* gate, float const* up, Number* y,
                                         std::int64_t stride) {
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t c = 0; c < panel_width; c += Isa::lanes)
        store_silu_and_mul<Isa>(isa::load<Isa>(gate + r * panel_width + c), isa::load<Isa>(up + r * panel_width + c),
                                y + r * stride + c);
  }
};

// gate, up, y: [count], a multiple of 32.
template <class Number>
struct silu_and_mul_row {
  template <class Isa>
  [[gnu::always_inline]] static void run(Number const* gate, Number const* up, std::int64_t count, Number* y) {
    for (std::int64_t c = 0; c < count; c += Isa::lanes)
      store_silu_and_mul<Isa>(isa::load<Isa>(gate + c), isa::load<Isa>(up + c), y + c);
  }
};

// x: [rows, in]; gate, up: [out, in] -> y [rows, out]. Maps with a bias, an adapter or a residual are not for this function.
template <class Number>
void swiglu(thread_team::member& team, row_block<Number const> const& x, panel_matrix<Number> const& gate,
            panel_matrix<Number> const& up, row_block<Number> const& y) {
  share_panels(team, gate.panels(), x.rows,
               [&](std::int64_t panel, std::int64_t /*most*/, std::int64_t begin, std::int64_t end, std::int64_t next) {
                 alignas(64) float gates[most_tile_rows * panel_width];
                 alignas(64) float ups[most_tile_rows * panel_width];
                 Number const* const of_gate = panels_at<0>(gate, panel);
                 Number const* const of_up = panels_at<1>(up, panel);
                 std::int64_t const in = gate.in, apart = panel_size<Number>(in);
                 read_later const later_gate = later_panel(gate, next), later_up = later_panel(up, next);
                 each_tile(begin, end, [&](std::int64_t row, std::int64_t rows) {
                   tile_product<Number>(rows, 1, x.row(row), x.stride, of_gate, apart, in, gates, 0,
                                        later_gate.part(row - begin, rows, end - begin));
                   tile_product<Number>(rows, 1, x.row(row), x.stride, of_up, apart, in, ups, 0,
                                        later_up.part(row - begin, rows, end - begin));
                   run_best<silu_and_mul_tile<Number>>(rows, gates, ups, y.row(row) + panel * panel_width, y.stride);
                 });
                 return std::int64_t{1};
               });
}

}  // namespace ease::inline v1::ops
