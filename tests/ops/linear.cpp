// SPDX-License-Identifier: Apache-2.0
#include <ease/ops/linear.hpp>
#include <ease/ops/logits.hpp>
#include <ease/ops/swiglu.hpp>

#include "catch.hpp"
#include "ops/random_numbers.hpp"

using namespace ease::ops;
using namespace ops_test;

namespace {

struct shape {
  std::int64_t rows, in, out;
};
std::vector<shape> const shapes{{0, 8, 8},     {1, 1, 1},    {1, 2, 33},   {1, 576, 960}, {2, 7, 31},
                                {3, 64, 64},   {5, 33, 97},  {11, 1, 32},  {12, 48, 96},  {13, 63, 65},
                                {25, 130, 70}, {97, 40, 50}, {200, 18, 34}};

template <class Number>
struct matrix {
  matrix(std::mt19937& random, std::int64_t rows, std::int64_t columns)
      : out{rows},
        in{columns},
        numbers{random_numbers<Number>(random, rows * columns)},
        packed(static_cast<std::size_t>(panels_size<Number>(rows, columns)), to_number<Number>(NAN)) {
    for (std::int64_t p = 0; p < panels_of(rows); ++p)
      pack_panel(numbers.data(), rows, columns, columns, p, packed.data() + p * panel_size<Number>(columns));
  }
  panel_matrix<Number> panels() const { return {packed.data(), out, in}; }
  panel_matrix<Number> in_rows() const { return {nullptr, out, in, numbers.data()}; }
  double at(std::int64_t o, std::int64_t i) const { return exact(numbers[static_cast<std::size_t>(o * in + i)]); }

  std::int64_t out, in;
  std::vector<Number> numbers, packed;
};

// Rows whose numbers beyond the last are NaN: nothing may read them.
template <class Number>
struct rows_of_numbers {
  rows_of_numbers(std::mt19937& random, std::int64_t count, std::int64_t columns)
      : rows{count},
        width{columns},
        stride{padded_width(columns)},
        numbers(static_cast<std::size_t>(count * stride), to_number<Number>(NAN)) {
    for (std::int64_t r = 0; r < count; ++r) {
      auto const row = random_numbers<Number>(random, columns);
      std::copy(row.begin(), row.end(), numbers.begin() + r * stride);
    }
  }
  row_block<Number> block() { return {numbers.data(), rows, stride}; }
  row_block<Number const> block() const { return {numbers.data(), rows, stride}; }
  double at(std::int64_t r, std::int64_t i) const { return exact(numbers[static_cast<std::size_t>(r * stride + i)]); }

  std::int64_t rows, width, stride;
  std::vector<Number> numbers;
};

template <class Number>
double product(rows_of_numbers<Number> const& x, matrix<Number> const& w, std::int64_t row, std::int64_t out, double& size) {
  double sum = 0;
  size = 0;
  for (std::int64_t i = 0; i < w.in; ++i) sum += x.at(row, i) * w.at(out, i), size += std::abs(x.at(row, i) * w.at(out, i));
  return sum;
}

void on_team(int threads, auto&& work) { thread_team::of_process().run(threads, work); }

}  // namespace

TEMPLATE_TEST_CASE("matrices come out of panels as they went in", "", float, bf16) {
  std::mt19937 random{1};
  for (auto const [rows, in, out] : shapes) {
    matrix<TestType> const w{random, out, in};
    std::vector<TestType> back(w.numbers.size()), row(static_cast<std::size_t>(in));
    for (std::int64_t p = 0; p < w.panels().panels(); ++p) unpack_panel(w.panels(), p, back.data());
    CHECK(same_bits(back.data(), w.numbers.data(), out * in));
    unpack_row(w.panels(), out - 1, row.data());
    CHECK(same_bits(row.data(), w.numbers.data() + (out - 1) * in, in));
    unpack_row(w.in_rows(), out - 1, row.data());
    CHECK(same_bits(row.data(), w.numbers.data() + (out - 1) * in, in));
  }
}

TEMPLATE_TEST_CASE("linear maps are those of float64 and each row is its own", "", float, bf16) {
  std::mt19937 random{2};
  for (auto const [rows, in, out] : shapes)
    for (int const with : {0, 1, 2, 3}) {  // bias, adapter and residual; all on the last
      CAPTURE(rows, in, out, with);
      rows_of_numbers<TestType> const x{random, rows, in};
      rows_of_numbers<TestType> residual{random, rows, out}, y{random, rows, out};
      matrix<TestType> const w{random, out, in};
      std::int64_t const rank = 1 + in % 5;
      matrix<float> const a{random, rank, in}, b{random, out, rank};
      auto bias = random_numbers<float>(random, out);
      bias.resize(static_cast<std::size_t>(padded_width(out)));
      std::vector<float> mapped(static_cast<std::size_t>(rows * padded_width(rank)));
      linear_map<TestType> map{.weight = w.panels(), .y = y.block()};
      if (with == 1 || with == 3) map.bias = bias.data();
      if (with >= 2) map.adapter = {b.panels(), mapped.data(), 0.75};
      if (with == 3) map.residual = residual.numbers.data();
      for (int const threads : {1, 2, 3})
        on_team(threads, [&](thread_team::member& team) {
          if (with >= 2) low_rank_input<TestType>(team, x.block(), a.panels(), mapped.data());
          linear<TestType>(team, x.block(), {&map, 1});
        });
      rows_of_numbers<TestType> again{random, rows, out};  // by a matrix that is not laid out
      linear_map<TestType> in_rows = map;
      in_rows.weight = w.in_rows(), in_rows.y = again.block();
      on_team(2, [&](thread_team::member& team) { linear<TestType>(team, x.block(), {&in_rows, 1}); });
      for (std::int64_t r = 0; r < rows; ++r) CHECK(same_bits(again.block().row(r), y.block().row(r), out));
      for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t o = 0; o < out; ++o) {
          double size = 0;
          double want = product(x, w, r, o, size);
          if (map.bias != nullptr) want += exact(bias[static_cast<std::size_t>(o)]), size += 1;
          if (with >= 2)
            for (std::int64_t k = 0; k < rank; ++k) {
              double inner = 0;
              for (std::int64_t i = 0; i < in; ++i) inner += x.at(r, i) * a.at(k, i);
              want += 0.75 * inner * b.at(o, k), size += std::abs(inner * b.at(o, k));
            }
          if (with == 3) want += residual.at(r, o), size += std::abs(residual.at(r, o));
          if (!(std::abs(y.at(r, o) - want) <=
                2 * rounding<TestType> * std::abs(want) + 0x1p-20 * size + (with == 0 ? 0 : 2 * rounding<TestType> * size)))
            FAIL_CHECK(y.at(r, o) << " and not " << want);
        }
      for (std::int64_t r = 0; r < rows; r += 1 + rows / 7) {  // alone
        rows_of_numbers<TestType> one{random, 1, out};
        linear_map<TestType> alone = map;
        alone.y = one.block();
        if (with >= 2) alone.adapter.mapped = mapped.data() + r * padded_width(rank);
        if (with == 3) alone.residual = residual.numbers.data() + r * residual.stride;
        on_team(1, [&](thread_team::member& team) { linear<TestType>(team, {x.block().row(r), 1, x.stride}, {&alone, 1}); });
        CHECK(same_bits(one.numbers.data(), y.block().row(r), out));
      }
    }
}

TEMPLATE_TEST_CASE("SwiGLU and logits are those of float64 and each row is its own", "", float, bf16) {
  std::mt19937 random{3};
  for (auto const [rows, in, out] : shapes) {
    CAPTURE(rows, in, out);
    rows_of_numbers<TestType> const x{random, rows, in};
    rows_of_numbers<TestType> y{random, rows, out};
    matrix<TestType> const gate{random, out, in}, up{random, out, in};
    std::vector<float> scores(static_cast<std::size_t>(rows * out), NAN), one(static_cast<std::size_t>(out));
    for (int const threads : {1, 2, 3})
      on_team(threads, [&](thread_team::member& team) {
        swiglu<TestType>(team, x.block(), gate.panels(), up.panels(), y.block());
        logits<TestType>(team, x.block(), up.panels(), scores.data());
      });
    rows_of_numbers<TestType> again{random, rows, out};  // by matrices that are not laid out
    std::vector<float> scores_again(scores.size(), NAN);
    on_team(2, [&](thread_team::member& team) {
      swiglu<TestType>(team, x.block(), gate.in_rows(), up.in_rows(), again.block());
      logits<TestType>(team, x.block(), up.in_rows(), scores_again.data());
    });
    CHECK(same_bits(scores_again.data(), scores.data(), rows * out));
    for (std::int64_t r = 0; r < rows; ++r) CHECK(same_bits(again.block().row(r), y.block().row(r), out));
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t o = 0; o < out; ++o) {
        double size_gate = 0, size_up = 0;
        double const g = product(x, gate, r, o, size_gate), u = product(x, up, r, o, size_up);
        double const off = 0x1p-20 * (size_gate + size_up) * (1 + std::abs(g) + std::abs(u));
        double const want = silu_and_mul_reference(g, u);
        if (!(std::abs(y.at(r, o) - want) <= 4 * rounding<TestType> * (1 + std::abs(g)) * std::abs(u) + off))
          FAIL_CHECK(y.at(r, o) << " and not " << want);
        double const score = static_cast<double>(scores[static_cast<std::size_t>(r * out + o)]);
        if (!(std::abs(score - u) <= rounding<TestType> * std::abs(u) + off)) FAIL_CHECK(score << " and not " << u);
      }
      on_team(1, [&](thread_team::member& team) {
        logits<TestType>(team, {x.block().row(r), 1, x.stride}, up.panels(), one.data());
      });
      CHECK(same_bits(one.data(), scores.data() + r * out, out));
    }
  }
}

// Which of the two a machine uses is a matter of speed alone, and no row may tell.
TEST_CASE("bfloat16 by pair products and by multiply-adds makes the same bits") {
#if defined(__x86_64__) && !defined(__clang__)
  if (ease::detail::capability_of_machine() < ease::detail::cpu_capability::avx512_bf16) {
    WARN("skipped: this machine has no vdpbf16ps");
    return;
  }
  std::mt19937 random{4};
  for (auto const [rows, in, out] : shapes) {
    rows_of_numbers<bf16> const x{random, 12, in};
    matrix<bf16> const w{random, 64, in};
    alignas(64) float pairs[12 * 64], wide[12 * 64];
    auto const apart = panel_size<bf16>(in);
    isa::run_avx512_bf16<product_tile<bf16, 12, 1>>(x.numbers.data(), x.stride, w.packed.data(), apart, in, pairs,
                                                    panel_width);
    isa::run_avx512<product_tile<bf16, 12, 1>>(x.numbers.data(), x.stride, w.packed.data(), apart, in, wide, panel_width);
    CHECK(same_bits(pairs, wide, 12 * panel_width));
    isa::run_avx512_bf16<product_tile<bf16, 1, 2>>(x.numbers.data(), x.stride, w.packed.data(), apart, in, pairs, 64);
    isa::run_avx512<product_tile<bf16, 1, 2>>(x.numbers.data(), x.stride, w.packed.data(), apart, in, wide, 64);
    CHECK(same_bits(pairs, wide, 64));
  }
#endif
}
