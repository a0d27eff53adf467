// SPDX-License-Identifier: Apache-2.0
#pragma once
// Attention of queries over one cached key/value head, in blocks of keys with a running softmax (FlashAttention, Dao et al.
// 2022). Keys and values stand in panels (panel_matrix.hpp): a key's position is an "output", a value's an "input". Blocks
// begin at fixed positions and each query has its own sums, so its result is the same to the last bit whichever queries are
// computed with it, and whether its prompt is prefilled at once, in chunks or token by token.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ease/ops/isa.hpp>
#include <ease/ops/panel_matrix.hpp>
#include <ease/ops/panel_product.hpp>
#include <limits>
#include <vector>

namespace ease::inline v1::ops {

inline constexpr std::int64_t keys_at_a_time = 256;
inline constexpr std::int64_t most_query_rows = 4 * most_tile_rows;

// One key/value head of one sequence: keys [capacity, width] in panels, values [width, capacity] in panels. `capacity` is a
// multiple of panel_width, `width` the head's.
template <class Number>
struct cached_head {
  Number* keys{};
  Number* values{};
  std::int64_t capacity{}, width{};

  static std::int64_t key_numbers(std::int64_t capacity, std::int64_t width) { return panels_size<Number>(capacity, width); }
  static std::int64_t value_numbers(std::int64_t capacity, std::int64_t width) {
    return panels_size<Number>(width, capacity);
  }

  void write(std::int64_t position, Number const* key, Number const* value) const {
    Number* const k = keys + position / panel_width * panel_size<Number>(width);
    for (std::int64_t d = 0; d < width; ++d) k[place_in_panel<Number>(position % panel_width, d)] = key[d];
    for (std::int64_t d = 0; d < width; ++d)
      values[d / panel_width * panel_size<Number>(capacity) + place_in_panel<Number>(d % panel_width, position)] = value[d];
  }
  // The first `length` positions of another head of the same width; both have room for them.
  void copy(cached_head const& from, std::int64_t length) const {
    std::copy_n(from.keys, panels_size<Number>(length, width), keys);
    for (std::int64_t p = 0; p < panels_of(width); ++p)
      std::copy_n(from.values + p * panel_size<Number>(from.capacity), panel_size<Number>(length),
                  values + p * panel_size<Number>(capacity));
  }
};

// Queries of one call: `rows` of them, at most most_query_rows, `stride` numbers apart, as are their results. Row r stands
// at position first + r * step and sees the positions up to its own. Where `mask` is given, row r sees of the positions from
// `mask_from` on those p with mask[r * mask_stride + p - mask_from] != 0.
template <class Number>
struct query_rows {
  Number const* queries{};
  Number* out{};
  std::int64_t rows{}, stride{}, first{}, step{};
  unsigned char const* mask{};
  std::int64_t mask_from{}, mask_stride{};

  std::int64_t end() const { return first + (rows - 1) * step + 1; }
};

// Memory of one thread.
template <class Number>
struct attention_scratch {
  explicit attention_scratch(std::int64_t width)
      : scores(most_query_rows * keys_at_a_time),
        weights(most_query_rows * keys_at_a_time),
        mixed(most_query_rows * padded_columns(width)) {}
  static std::size_t padded_columns(std::int64_t width) { return static_cast<std::size_t>(panels_of(width) * panel_width); }

  std::vector<float> scores;    // [rows, keys]
  std::vector<Number> weights;  // e^(score - largest so far) [rows, keys]
  std::vector<float> mixed;     // [rows, width]: sums of weights * values
  float largest[most_query_rows]{}, total[most_query_rows]{}, shrink[most_query_rows]{};
};

// The softmax of one row over one block: weights for `keys` positions of which the first `seen` count, before the mask.
template <class Number>
struct softmax_block {
  template <class Isa>
  [[gnu::always_inline]] static void run(float* scores, std::int64_t keys, std::int64_t seen, unsigned char const* mask,
                                         std::int64_t mask_from, float scale, float& largest, float& total, float& shrink,
                                         Number* weights) {
    using floats = typename Isa::floats;
    constexpr std::int64_t lanes = Isa::lanes;
    constexpr float none = -std::numeric_limits<float>::infinity();
    std::int64_t const padded = (keys + 31) / 32 * 32;
    for (std::int64_t i = seen; i < padded; ++i) scores[i] = none;
    if (mask != nullptr)
      for (std::int64_t i = std::max<std::int64_t>(0, mask_from); i < seen; ++i)
        if (mask[i - mask_from] == 0) scores[i] = none;
    floats most = isa::all<Isa>(none), other = most;  // two: neither waits for the other
    for (std::int64_t i = 0; i < padded; i += 2 * lanes) {
      most = isa::larger<Isa>(isa::load<Isa>(scores + i), most);
      other = isa::larger<Isa>(isa::load<Isa>(scores + i + lanes), other);
    }
    float const top = std::max(largest, isa::largest<Isa>(isa::larger<Isa>(most, other)) * scale);
    if (top == none) {  // nothing seen yet
      shrink = 1;
      for (std::int64_t i = 0; i < padded; ++i) weights[i] = Number{};
      return;
    }
    floats sum{};
    for (std::int64_t i = 0; i < padded; i += lanes) {
      floats const weight = isa::exp_of_nonpositive<Isa>(isa::load<Isa>(scores + i) * scale - top);
      isa::store<Isa>(weights + i, weight);
      sum += weight;
    }
    floats const before = isa::exp_of_nonpositive<Isa>(isa::all<Isa>(largest - top));
    shrink = before[0];
    total = total * shrink + isa::sum<Isa>(sum);
    largest = top;
  }
};

// mixed [width] <- mixed * shrink + sums, for each row.
struct add_block {
  template <class Isa>
  [[gnu::always_inline]] static void run(std::int64_t rows, std::int64_t width, float const* sums, float const* shrink,
                                         float* mixed, std::int64_t stride) {
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t c = 0; c < width; c += Isa::lanes)
        isa::store<Isa>(mixed + r * stride + c,
                        isa::load<Isa>(mixed + r * stride + c) * shrink[r] + isa::load<Isa>(sums + r * width + c));
  }
};

template <class Number>
void attend(cached_head<Number> const& head, query_rows<Number> const& q, attention_scratch<Number>& s) {
  auto const columns = static_cast<std::int64_t>(s.padded_columns(head.width));
  float const scale = 1.0F / std::sqrt(static_cast<float>(head.width));
  std::fill_n(s.mixed.begin(), q.rows * columns, 0.0F);
  std::fill_n(s.largest, q.rows, -std::numeric_limits<float>::infinity());
  std::fill_n(s.total, q.rows, 0.0F);
  alignas(64) float sums[most_tile_rows * panel_width];
  for (std::int64_t from = 0; from < q.end(); from += keys_at_a_time) {
    std::int64_t const keys = std::min(keys_at_a_time, q.end() - from);
    for (std::int64_t row = 0; row < q.rows;) {
      std::int64_t const rows = next_tile_rows(q.rows - row);
      for (std::int64_t k = 0, width = 0; k < keys; k += width) {
        std::int64_t const panels = rows <= most_pair_rows && k + panel_width < keys ? 2 : 1;
        width = panels * panel_width;
        tile_product<Number>(rows, panels, q.queries + row * q.stride, q.stride, {head.keys, head.capacity, head.width},
                             (from + k) / panel_width, &s.scores[static_cast<std::size_t>(row * keys_at_a_time + k)],
                             keys_at_a_time);
      }
      row += rows;
    }
    for (std::int64_t r = 0; r < q.rows; ++r) {
      auto const at = static_cast<std::size_t>(r * keys_at_a_time);
      std::int64_t const seen = std::clamp<std::int64_t>(q.first + r * q.step + 1 - from, 0, keys);
      run_best<softmax_block<Number>>(&s.scores[at], keys, seen, q.mask == nullptr ? nullptr : q.mask + r * q.mask_stride,
                                      q.mask_from - from, scale, s.largest[r], s.total[r], s.shrink[r], &s.weights[at]);
    }
    std::int64_t const apart = panel_size<Number>(head.capacity);
    for (std::int64_t row = 0; row < q.rows;) {
      std::int64_t const rows = next_tile_rows(q.rows - row);
      for (std::int64_t column = 0, width = 0; column < columns; column += width) {
        std::int64_t const panels = rows <= most_pair_rows && column + panel_width < columns ? 2 : 1;
        width = panels * panel_width;
        tile_product<Number>(rows, panels, &s.weights[static_cast<std::size_t>(row * keys_at_a_time)], keys_at_a_time,
                             head.values + column / panel_width * apart + from * panel_width, apart, keys, sums);
        run_best<add_block>(rows, width, sums, s.shrink + row, &s.mixed[static_cast<std::size_t>(row * columns + column)],
                            columns);
      }
      row += rows;
    }
  }
  for (std::int64_t r = 0; r < q.rows; ++r) {
    float const one = 1.0F / s.total[r];
    for (std::int64_t d = 0; d < head.width; ++d)
      q.out[r * q.stride + d] = to_number<Number>(s.mixed[static_cast<std::size_t>(r * columns + d)] * one);
  }
}

}  // namespace ease::inline v1::ops
