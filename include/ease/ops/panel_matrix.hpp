// SPDX-License-Identifier: Apache-2.0
#pragma once
// The order in which kernels read a matrix [out, in]: panels of 32 outputs, one after the other. Within a panel the inputs
// follow each other, each with its 32 weights, so that a product with few rows reads memory once and in order. bfloat16
// inputs stand in pairs, as vdpbf16ps takes them: (input 0 and 1 of output 0), (0 and 1 of output 1), ... Outputs beyond the
// last, and the input beside an odd last one, are zero. Where a key/value cache is such a matrix, its "outputs" are
// positions. A matrix that is read once or twice may stay in rows: panels_at lays a few of its panels out where the kernels
// want them. Non-goal: owning memory.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ease/ops/isa.hpp>
#include <type_traits>
#include <vector>

namespace ease::inline v1::ops {

inline constexpr std::int64_t panel_width = 32;

// How many neighbouring inputs of an output stand together.
template <class Number>
inline constexpr std::int64_t inputs_together = std::is_same_v<Number, bf16> ? 2 : 1;

template <class Number>
constexpr std::int64_t padded_inputs(std::int64_t in) {
  return (in + inputs_together<Number> - 1) / inputs_together<Number> * inputs_together<Number>;
}
constexpr std::int64_t panels_of(std::int64_t out) { return (out + panel_width - 1) / panel_width; }
constexpr std::int64_t padded_width(std::int64_t width) { return panels_of(width) * panel_width; }

// Numbers of one panel, and of all.
template <class Number>
constexpr std::int64_t panel_size(std::int64_t in) {
  return padded_inputs<Number>(in) * panel_width;
}
template <class Number>
constexpr std::int64_t panels_size(std::int64_t out, std::int64_t in) {
  return panels_of(out) * panel_size<Number>(in);
}

// Where weight [lane, input] of a panel is.
template <class Number>
constexpr std::int64_t place_in_panel(std::int64_t lane, std::int64_t input) {
  constexpr std::int64_t together = inputs_together<Number>;
  return (input / together * panel_width + lane) * together + input % together;
}

// A matrix in panels, read only. `data` has panels_size(out, in) numbers. Where it is not laid out yet, `rows` has out * in
// numbers, row by row, and `data` nothing that may be read.
template <class Number>
struct panel_matrix {
  Number const* data{};
  std::int64_t out{}, in{};
  Number const* rows{};

  // Precondition: no `rows`.
  Number const* panel(std::int64_t index) const { return data + index * panel_size<Number>(in); }
  std::int64_t panels() const { return panels_of(out); }
};

// Four words of each of four rows, `apart` bytes from one to the next, to columns of `to`, a row of which has panel_width words.
inline void transpose_words(char const* rows, std::int64_t apart, std::uint32_t* to) {
  using words [[gnu::vector_size(16)]] = std::uint32_t;
  words a, b, c, d;
  std::memcpy(&a, rows, sizeof a), std::memcpy(&b, rows + apart, sizeof b);
  std::memcpy(&c, rows + 2 * apart, sizeof c), std::memcpy(&d, rows + 3 * apart, sizeof d);
  auto const ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  auto const ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7), cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  words const columns[]{__builtin_shufflevector(ab, cd, 0, 1, 4, 5), __builtin_shufflevector(ab, cd, 2, 3, 6, 7),
                        __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5),
                        __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7)};
  for (auto const& column : columns) std::memcpy(to, &column, sizeof column), to += panel_width;
}

// Panel `index` of rows [out, in], `stride` numbers apart, to `to`. A word of four bytes is what stands together of one output.
template <class Number>
void pack_panel(Number const* rows, std::int64_t out, std::int64_t in, std::int64_t stride, std::int64_t index, Number* to) {
  std::int64_t const first = index * panel_width, lanes = std::min(panel_width, out - first);
  if (lanes < panel_width || in != padded_inputs<Number>(in)) std::fill_n(to, panel_size<Number>(in), Number{});
  constexpr std::int64_t together = inputs_together<Number>, block = 16;  // words at a time: a line of the cache a row
  static_assert(together * sizeof(Number) == 4);
  std::int64_t const words = in / together / 4 * 4, quads = lanes / 4 * 4;
  for (std::int64_t from = 0; from < words; from += block)
    for (std::int64_t lane = 0; lane < quads; lane += 4)
      for (std::int64_t w = from; w < std::min(from + block, words); w += 4)
        transpose_words(
            reinterpret_cast<char const*>(rows + (first + lane) * stride + w * together),  // NOLINT(*-reinterpret-cast)
            stride * static_cast<std::int64_t>(sizeof(Number)),
            reinterpret_cast<std::uint32_t*>(to + (w * panel_width + lane) * together));  // NOLINT(*-reinterpret-cast)
  for (std::int64_t lane = 0; lane < lanes; ++lane) {
    Number const* const row = rows + (first + lane) * stride;
    for (std::int64_t k = lane < quads ? words * together : 0; k < in; ++k) to[place_in_panel<Number>(lane, k)] = row[k];
  }
}

// Panels [index, index + count) of a matrix, one after the other, for the calling thread until it asks for others of the same
// `Slot`: of a matrix in rows they are laid out in memory of that thread.
template <int Slot = 0, class Number>
Number const* panels_at(panel_matrix<Number> const& from, std::int64_t index, std::int64_t count = 1) {
  if (from.rows == nullptr) return from.panel(index);
  thread_local std::vector<Number> laid_out;
  auto const size = panel_size<Number>(from.in);
  laid_out.resize(std::max(laid_out.size(), static_cast<std::size_t>(size * count)));
  for (std::int64_t i = 0; i < count; ++i)
    pack_panel(from.rows, from.out, from.in, from.in, index + i, laid_out.data() + i * size);
  return laid_out.data();
}

// The inverse of pack_panel. Precondition: no `rows`.
template <class Number>
void unpack_panel(panel_matrix<Number> const& from, std::int64_t index, Number* rows) {
  Number const* const panel = from.panel(index);
  std::int64_t const first = index * panel_width, lanes = std::min(panel_width, from.out - first);
  for (std::int64_t lane = 0; lane < lanes; ++lane)
    for (std::int64_t k = 0; k < from.in; ++k) rows[(first + lane) * from.in + k] = panel[place_in_panel<Number>(lane, k)];
}

// Row `out` of the matrix to `to` [in], as for an embedding whose matrix is the head's too.
template <class Number>
void unpack_row(panel_matrix<Number> const& from, std::int64_t out, Number* to) {
  if (from.rows != nullptr) {
    std::copy_n(from.rows + out * from.in, from.in, to);
    return;
  }
  Number const* const panel = from.panel(out / panel_width);
  for (std::int64_t k = 0; k < from.in; ++k) to[k] = panel[place_in_panel<Number>(out % panel_width, k)];
}

}  // namespace ease::inline v1::ops
