// SPDX-License-Identifier: Apache-2.0
#pragma once
// Products of rows with panels (panel_matrix.hpp). Each sum adds its products one after the other in float32, in the order of
// the inputs, whatever the number of rows, panels and threads: a row's result is the same to the last bit whichever rows are
// computed with it. bfloat16 is widened on the way, or multiplied by vdpbf16ps where that is faster: sums are as in float32.
#include <algorithm>
#include <cstdint>
#include <ease/ops/isa.hpp>
#include <ease/ops/panel_matrix.hpp>

namespace ease::inline v1::ops {

// Rows of a tile at most: its sums fill the registers.
inline constexpr std::int64_t most_tile_rows = 12;
// So few rows take two panels at a time: the sums of one are too few to hide how long an addition takes.
inline constexpr std::int64_t most_pair_rows = 3;

// Bytes that are fetched ahead: the prefetchers of the machine stop at each page, and one row is bound by memory.
inline constexpr std::int64_t prefetch_distance = 4096;

// Memory that a later product reads. It is fetched while this one is computed, evenly, or else memory would wait for the
// first tile of each panel, and each first tile for memory: in float32 that is a tenth of the time of 16 and 64 rows. Not so
// where bfloat16 is widened, which reads half as much beside as much work.
struct read_later {
  void const* from{};
  std::int64_t bytes{0};

  // What is to be fetched beside rows [row, row + rows) of `all`.
  read_later part(std::int64_t row, std::int64_t rows, std::int64_t all) const {
    return {static_cast<char const*>(from) + bytes * row / all, bytes * rows / all};
  }
};
// Where a loop of `steps` steps stands in it.
struct fetching {
  static constexpr int fraction = 8;  // bits

  // `else_from` is in the cache already: an address that is nowhere would be looked up in the page tables each time.
  fetching(read_later const& what, std::int64_t steps, void const* else_from)
      : from{static_cast<char const*>(what.bytes > 0 ? what.from : else_from)},
        step{(what.bytes << fraction) / std::max<std::int64_t>(1, steps)} {}
  [[gnu::always_inline]] void at(std::int64_t k) const { __builtin_prefetch(from + (k * step >> fraction), 0, 2); }

  char const* from;
  std::int64_t step;
};

// x: `Rows` rows of `in` numbers, `stride` apart; `Panels` panels, `apart` numbers from one to the next; sums: [Rows, Panels *
// 32], `row_apart` numbers from row to row.
template <class Number, int Rows, int Panels>
struct product_tile {
  template <class Isa>
  [[gnu::always_inline]] static void run(Number const* x, std::int64_t stride, Number const* panel, std::int64_t apart,
                                         std::int64_t in, float* sums, std::int64_t row_apart,
                                         read_later const& later = {}) {
    constexpr int together = Isa::registers == 32 ? 2 * Panels : 2;  // vectors of a row that are summed at a time
    constexpr std::int64_t width = together * Isa::lanes;
    for (std::int64_t column = 0; column < Panels * panel_width; column += width)
      columns<Isa, together>(x, stride, panel + column / panel_width * apart, apart, column % panel_width, in, sums + column,
                             row_apart, later.part(column, width, Panels * panel_width));
  }

 private:
  template <class Isa, int Vectors>
  [[gnu::always_inline]] static void columns(Number const* x, std::int64_t stride, Number const* panel,
                                             std::int64_t panel_stride, std::int64_t lane, std::int64_t in, float* sums,
                                             std::int64_t row_apart, read_later const& later) {
    if constexpr (inputs_together<Number> == 2 && !Isa::pair_products)
      return wide_columns<Isa, Vectors>(x, stride, panel, panel_stride, lane, in, sums, row_apart);
    constexpr std::int64_t step = inputs_together<Number>, in_panel = panel_width / Isa::lanes;
    typename Isa::floats sum[Rows][Vectors]{};
    Number const* const from = panel + lane * step;
    auto const add = [&](std::int64_t k, bool whole) __attribute__((always_inline)) {
      if constexpr (step == 2) {
        typename Isa::words w[Vectors];
#pragma GCC unroll 8
        for (int v = 0; v < Vectors; ++v)
          w[v] = isa::load_words<Isa>(from + v / in_panel * panel_stride + k * panel_width + v % in_panel * Isa::lanes * 2);
        if (!whole)  // what stands beside an odd last input may be anything, where the panel is a cache
          for (int v = 0; v < Vectors; ++v) w[v] &= 0xFFFFU;
#pragma GCC unroll 16
        for (int r = 0; r < Rows; ++r) {
          std::uint32_t pair = x[r * stride + k].bits;
          if (whole) std::memcpy(&pair, x + r * stride + k, sizeof pair);
          auto const b = typename Isa::words{} + pair;
#pragma GCC unroll 8
          for (int v = 0; v < Vectors; ++v) sum[r][v] = isa::add_pairs<Isa>(sum[r][v], w[v], b);
        }
      } else {
        typename Isa::floats w[Vectors];
#pragma GCC unroll 8
        for (int v = 0; v < Vectors; ++v)
          w[v] = isa::load<Isa>(from + v / in_panel * panel_stride + k * panel_width + v % in_panel * Isa::lanes);
#pragma GCC unroll 16
        for (int r = 0; r < Rows; ++r) {
          auto const b = isa::all<Isa>(x[r * stride + k]);
#pragma GCC unroll 8
          for (int v = 0; v < Vectors; ++v) sum[r][v] = isa::add_product<Isa>(sum[r][v], w[v], b);
        }
      }
    };
    std::int64_t const pairs = in / step * step;
    fetching const next{later, in, from};
    for (std::int64_t k = 0; k < pairs; k += step) {
      next.at(k);
      char const* const ahead = reinterpret_cast<char const*>(from + k * panel_width) + prefetch_distance;  // NOLINT
#pragma GCC unroll 8
      for (int v = 0; v < Vectors; ++v)
        __builtin_prefetch(ahead + v / in_panel * panel_stride * static_cast<std::int64_t>(sizeof(Number)) +
                           v % in_panel * 64);
      add(k, true);
    }
    if (pairs < in) add(pairs, false);
    store<Isa>(sum, sums, row_apart);
  }

  // bfloat16 by float32's multiply-adds, in the order of vdpbf16ps: of each pair the second product first. The rows are widened a
  // block of inputs at a time.
  template <class Isa, int Vectors>
  [[gnu::always_inline]] static void wide_columns(Number const* x, std::int64_t stride, Number const* panel,
                                                  std::int64_t panel_stride, std::int64_t lane, std::int64_t in, float* sums,
                                                  std::int64_t row_apart) {
    constexpr std::int64_t block = 256, in_panel = panel_width / Isa::lanes;  // pairs
    constexpr std::int64_t apart = 2 * block + 16;                            // no power of two: rows share the cache's sets
    using floats = typename Isa::floats;
    floats sum[Rows][Vectors]{};
    alignas(64) float wide[Rows * apart];  // of each row the first numbers of the pairs, then the second ones
    Number const* const from = panel + lane * 2;
    std::int64_t const pairs = (in + 1) / 2;
    for (std::int64_t first = 0; first < pairs; first += block) {
      std::int64_t const count = std::min(block, pairs - first), whole = std::min(count, in / 2 - first);
      for (int r = 0; r < Rows; ++r) {
        Number const* const row = x + r * stride + first * 2;
        float* const to = wide + r * apart;
        std::int64_t i = 0;
        for (; i + Isa::lanes <= whole; i += Isa::lanes) {
          auto const w = isa::load_words<Isa>(row + i * 2);
          isa::store<Isa>(to + i, isa::as<floats>(w << 16));
          isa::store<Isa>(to + block + i, isa::as<floats>(w & 0xFFFF0000U));
        }
        for (; i < count; ++i) to[i] = to_float(row[i * 2]), to[block + i] = i < whole ? to_float(row[i * 2 + 1]) : 0.0F;
      }
      for (std::int64_t k = 0; k < count; ++k) {
        typename Isa::words w[Vectors];
        Number const* const at = from + (first + k) * 2 * panel_width;
        char const* const ahead = reinterpret_cast<char const*>(at) + prefetch_distance;  // NOLINT
#pragma GCC unroll 8
        for (int v = 0; v < Vectors; ++v) {
          __builtin_prefetch(ahead + v / in_panel * panel_stride * static_cast<std::int64_t>(sizeof(Number)) +
                             v % in_panel * 64);
          w[v] = isa::load_words<Isa>(at + v / in_panel * panel_stride + v % in_panel * Isa::lanes * 2);
        }
        if (k < whole) {  // what stands beside an odd last input may be anything, where the panel is a cache
#pragma GCC unroll 16
          for (int r = 0; r < Rows; ++r) {
            auto const b = isa::all<Isa>(wide[r * apart + block + k]);
#pragma GCC unroll 8
            for (int v = 0; v < Vectors; ++v)
              sum[r][v] = isa::add_product<Isa>(sum[r][v], isa::as<floats>(w[v] & 0xFFFF0000U), b);
          }
        }
#pragma GCC unroll 16
        for (int r = 0; r < Rows; ++r) {
          auto const b = isa::all<Isa>(wide[r * apart + k]);
#pragma GCC unroll 8
          for (int v = 0; v < Vectors; ++v) sum[r][v] = isa::add_product<Isa>(sum[r][v], isa::as<floats>(w[v] << 16), b);
        }
      }
    }
    store<Isa>(sum, sums, row_apart);
  }

  template <class Isa, int Vectors>
  [[gnu::always_inline]] static void store(typename Isa::floats const (&sum)[Rows][Vectors], float* sums,
                                           std::int64_t row_apart) {
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 8
      for (int v = 0; v < Vectors; ++v) isa::store<Isa>(sums + r * row_apart + v * Isa::lanes, sum[r][v]);
  }
};

// As product_tile, with the number of rows and panels at run time: 1, 2, 3, 4, 6, 8 or 12 rows; 2 panels for
// up to most_pair_rows. Rows of sums stand side by side where row_apart is 0.
template <class Number>
void tile_product(std::int64_t rows, std::int64_t panels, Number const* x, std::int64_t stride, Number const* panel,
                  std::int64_t apart, std::int64_t in, float* sums, std::int64_t row_apart = 0,
                  read_later const& later = {}) {
  if (row_apart == 0) row_apart = panels * panel_width;
  auto const run = [&]<int Rows, int Panels>() {
    run_best<product_tile<Number, Rows, Panels>>(x, stride, panel, apart, in, sums, row_apart, later);
  };
  if (panels == 2) {
    if (rows == 1) return run.template operator()<1, 2>();
    if (rows == 2) return run.template operator()<2, 2>();
    return run.template operator()<3, 2>();
  }
  switch (rows) {
    case 1:
      return run.template operator()<1, 1>();
    case 2:
      return run.template operator()<2, 1>();
    case 3:
      return run.template operator()<3, 1>();
    case 4:
      return run.template operator()<4, 1>();
    case 6:
      return run.template operator()<6, 1>();
    case 8:
      return run.template operator()<8, 1>();
    default:
      return run.template operator()<12, 1>();
  }
}

// Panels [index, index + panels) of a matrix, none of it in rows.
template <class Number>
void tile_product(std::int64_t rows, std::int64_t panels, Number const* x, std::int64_t stride,
                  panel_matrix<Number> const& w, std::int64_t index, float* sums, std::int64_t row_apart = 0) {
  tile_product<Number>(rows, panels, x, stride, w.panel(index), panel_size<Number>(w.in), w.in, sums, row_apart);
}

// How many of `rows` the next tile takes.
inline std::int64_t next_tile_rows(std::int64_t rows) {
  static bool const wide = detail::capability_in_use() >= detail::cpu_capability::avx512;
  for (std::int64_t const tile : {12, 8, 6, 4, 3, 2})
    if (tile <= rows && (wide || tile <= 6)) return tile;
  return 1;
}

}  // namespace ease::inline v1::ops
