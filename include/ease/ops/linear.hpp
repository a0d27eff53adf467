// SPDX-License-Identifier: Apache-2.0
#pragma once
// Linear maps of rows by a team of threads: y = x W^T + bias, then what follows it at once, while the sums are in the cache:
// a low-rank addition (LoRA), a residual. Results are rounded where transformers' operations round them. Weights stand in
// panels, and a row's result depends on that row alone (panel_product.hpp).
#include <algorithm>
#include <cstdint>
#include <ease/ops/isa.hpp>
#include <ease/ops/panel_matrix.hpp>
#include <ease/ops/panel_product.hpp>
#include <ease/ops/thread_team.hpp>
#include <span>
#include <vector>

namespace ease::inline v1::ops {

// Rows of numbers, `stride` apart, a multiple of panel_width: kernels write whole panels.
template <class Number>
struct row_block {
  Number* data{};
  std::int64_t rows{}, stride{};

  Number* row(std::int64_t i) const { return data + i * stride; }
};

// scaling * b (a x), in float32: `mapped` is a x, which low_rank_input computes.
struct low_rank {
  panel_matrix<float> b{};  // [out, rank]
  float const* mapped{};    // [rows, padded_width(rank)]
  double scaling{1};
};

template <class Number>
struct linear_map {
  panel_matrix<Number> weight{};  // [out, in]
  float const* bias{};            // [padded_width(out)], or none
  low_rank adapter{};             // without data: none
  Number const* residual{};       // laid out as y, or none: y = residual + ...
  row_block<Number> y{};
};

// Numbers to rows of 32: what follows the sums of a tile.
template <class Number>
struct finish_linear {
  // sums: [rows, sums_stride]; added: [rows, 32] or none; y, residual: the tile's first number, `stride` apart.
  template <class Isa>
  [[gnu::always_inline]] static void run(std::int64_t rows, float const* sums, std::int64_t sums_stride, float const* bias,
                                         float const* added, float scaling, Number const* residual, Number* y,
                                         std::int64_t stride) {
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t c = 0; c < panel_width; c += Isa::lanes) {
        auto value = isa::load<Isa>(sums + r * sums_stride + c);
        if (bias != nullptr) value += isa::load<Isa>(bias + c);
        if (added != nullptr) value = isa::as_stored<Isa>(y, value) + isa::load<Isa>(added + r * panel_width + c) * scaling;
        if (residual != nullptr) value = isa::as_stored<Isa>(y, value) + isa::load<Isa>(residual + r * stride + c);
        isa::store<Isa>(y + r * stride + c, value);
      }
  }
};

// Enough rows that a panel is read from memory seldom, few enough for many threads.
inline constexpr std::int64_t rows_at_a_time = 8 * most_tile_rows;

// Panels of a product with `rows` rows, shared by the threads of a team: work(panel, most, begin, end, next) computes rows
// [begin, end) of one panel, or of two neighbours where `most` is 2, and returns how many panels it took. `next` is the panel
// that this thread is likely to read then, or `panels`: there is none, or it is in the cache.
template <class Work>
void share_panels(thread_team::member& team, std::int64_t panels, std::int64_t rows, Work&& work) {
  std::int64_t const blocks = (rows + rows_at_a_time - 1) / rows_at_a_time;
  team.for_ranges(panels * blocks, 1, [&](std::int64_t task, std::int64_t last) {
    while (task < last) {
      std::int64_t const begin = task % blocks * rows_at_a_time;
      std::int64_t const then = task + 1 < last ? task + 1 : team.upcoming(panels * blocks);
      bool const of_memory = rows > most_pair_rows && then % blocks == 0;
      task += work(task / blocks, rows <= most_pair_rows ? std::min<std::int64_t>(2, last - task) : 1, begin,
                   std::min(begin + rows_at_a_time, rows), of_memory ? std::min(then / blocks, panels) : panels);
    }
  });
}

// The panel that is read then; nothing where there is none, or it is laid out first.
template <class Number>
read_later later_panel(panel_matrix<Number> const& of, std::int64_t index) {
  if (of.rows != nullptr || index >= of.panels()) return {};
  return {of.panel(index), panel_size<Number>(of.in) * static_cast<std::int64_t>(sizeof(Number))};
}

// work(row, rows) for the tiles of rows [begin, end).
template <class Work>
void each_tile(std::int64_t begin, std::int64_t end, Work&& work) {
  for (std::int64_t row = begin; row < end;) {
    std::int64_t const rows = next_tile_rows(end - row);
    work(row, rows);
    row += rows;
  }
}

// One panel, or two neighbours, of one map, for rows [begin, end) of x [rows, weight.in].
template <class Number>
void linear_panels(row_block<Number const> const& x, linear_map<Number> const& map, std::int64_t panel, std::int64_t panels,
                   std::int64_t begin, std::int64_t end, read_later const& later) {
  alignas(64) float sums[most_tile_rows * panel_width];
  alignas(64) float added[most_tile_rows * panel_width];
  Number const* const weights = panels_at(map.weight, panel, panels);
  std::int64_t const in = map.weight.in;
  each_tile(begin, end, [&](std::int64_t row, std::int64_t rows) {
    tile_product<Number>(rows, panels, x.row(row), x.stride, weights, panel_size<Number>(in), in, sums, 0,
                         later.part(row - begin, rows, end - begin));
    for (std::int64_t p = 0; p < panels; ++p) {
      std::int64_t const column = (panel + p) * panel_width;
      float const* more = nullptr;
      if (map.adapter.b.data != nullptr) {
        std::int64_t const width = padded_width(map.adapter.b.in);
        tile_product<float>(rows, 1, map.adapter.mapped + row * width, width, map.adapter.b, panel + p, added);
        more = added;
      }
      run_best<finish_linear<Number>>(rows, sums + p * panel_width, panels * panel_width,
                                      map.bias == nullptr ? nullptr : map.bias + column, more,
                                      static_cast<float>(map.adapter.scaling),
                                      map.residual == nullptr ? nullptr : map.residual + row * map.y.stride + column,
                                      map.y.row(row) + column, map.y.stride);
    }
  });
}

// Several maps of one input x [rows, in]. All members of the team call it; on return all results are there.
template <class Number>
void linear(thread_team::member& team, row_block<Number const> const& x, std::span<linear_map<Number> const> maps) {
  std::int64_t panels = 0;
  for (auto const& map : maps) panels += map.weight.panels();
  auto const map_of = [&](std::int64_t& panel) -> linear_map<Number> const& {
    std::size_t map = 0;
    for (; panel >= maps[map].weight.panels(); ++map) panel -= maps[map].weight.panels();
    return maps[map];
  };
  share_panels(team, panels, x.rows,
               [&](std::int64_t panel, std::int64_t most, std::int64_t begin, std::int64_t end, std::int64_t next) {
                 linear_map<Number> const& map = map_of(panel);
                 std::int64_t const taken = std::min(most, map.weight.panels() - panel);
                 read_later later;
                 if (next < panels) {
                   auto const& then = map_of(next);
                   later = later_panel(then.weight, next);
                 }
                 linear_panels(x, map, panel, taken, begin, end, later);
                 return taken;
               });
}

// x [rows, in] times a [rank, in], in float32, to mapped [rows, padded_width(rank)].
template <class Number>
void low_rank_input(thread_team::member& team, row_block<Number const> const& x, panel_matrix<float> const& a,
                    float* mapped) {
  team.for_each(x.rows, [&](std::int64_t row) {
    std::vector<float> wide(static_cast<std::size_t>(a.in));
    for (std::int64_t i = 0; i < a.in; ++i) wide[static_cast<std::size_t>(i)] = to_float(x.row(row)[i]);
    for (std::int64_t p = 0; p < a.panels(); ++p)
      tile_product<float>(1, 1, wide.data(), a.in, a, p, mapped + row * padded_width(a.out) + p * panel_width);
  });
}

}  // namespace ease::inline v1::ops
