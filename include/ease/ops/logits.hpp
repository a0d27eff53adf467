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
  std::int64_t const blocks = (x.rows + task_rows - 1) / task_rows;
  bool const pairs = x.rows <= 3;
  team.for_ranges(weight.panels() * blocks, 1, [&](std::int64_t task, std::int64_t last) {
    alignas(64) float sums[most_tile_rows * panel_width];
    for (std::int64_t taken = 1; task < last; task += taken) {
      std::int64_t const panel = task / blocks, end = std::min((task % blocks + 1) * task_rows, x.rows);
      taken = pairs && task + 1 < last ? 2 : 1;
      std::int64_t const column = panel * panel_width, width = taken * panel_width;
      std::int64_t const columns = std::min(width, weight.out - column);
      for (std::int64_t row = task % blocks * task_rows; row < end;) {
        std::int64_t const rows = taken == 2 ? std::min<std::int64_t>(3, end - row) : next_tile_rows(end - row);
        tile_product<Number>(rows, taken, x.row(row), x.stride, weight, panel, sums);
        run_best<round_numbers<Number>>(sums, rows * width);
        for (std::int64_t r = 0; r < rows; ++r) std::copy_n(sums + r * width, columns, y + (row + r) * weight.out + column);
        row += rows;
      }
    }
  });
}

}  // namespace ease::inline v1::ops
