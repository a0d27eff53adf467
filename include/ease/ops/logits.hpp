// SPDX-License-Identifier: Apache-2.0
#pragma once
// The last product of a model, whose results are scores and not inputs of another layer: float32, each rounded to the
// model's dtype as transformers has it.
#include <algorithm>
#include <cstdint>
#include <ease/ops/isa.hpp>
#include <ease/ops/linear.hpp>
#include <ease/ops/panel_product.hpp>
#include <ease/ops/thread_team.hpp>

namespace ease::inline v1::ops {

// numbers [count], a multiple of 32, rounded to Number in place.
template <class Number>
struct round_numbers {
  template <class Isa>
  [[gnu::always_inline]] static void run(float* numbers, std::int64_t count) {
    for (std::int64_t i = 0; i < count; i += Isa::lanes)
      isa::store<Isa>(numbers + i, isa::as_stored<Isa>(static_cast<Number const*>(nullptr), isa::load<Isa>(numbers + i)));
  }
};

// x [rows, in], weight [out, in] -> y [rows, out]. All members of the team call it.
template <class Number>
void logits(thread_team::member& team, row_block<Number const> const& x, panel_matrix<Number> const& weight, float* y) {
  share_panels(team, weight.panels(), x.rows,
               [&](std::int64_t panel, std::int64_t panels, std::int64_t begin, std::int64_t end, std::int64_t next) {
                 alignas(64) float sums[most_tile_rows * panel_width];
                 std::int64_t const column = panel * panel_width, width = panels * panel_width;
                 std::int64_t const columns = std::min(width, weight.out - column);
                 Number const* const weights = panels_at(weight, panel, panels);
                 read_later const later = later_panel(weight, next);
                 each_tile(begin, end, [&](std::int64_t row, std::int64_t rows) {
                   tile_product<Number>(rows, panels, x.row(row), x.stride, weights, panel_size<Number>(weight.in),
                                        weight.in, sums, 0, later.part(row - begin, rows, end - begin));
                   run_best<round_numbers<Number>>(sums, rows * width);
                   for (std::int64_t r = 0; r < rows; ++r)
                     std::copy_n(sums + r * width, columns, y + (row + r) * weight.out + column);
                 });
                 return panels;
               });
}

}  // namespace ease::inline v1::ops
