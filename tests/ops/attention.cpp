// SPDX-License-Identifier: Apache-2.0
#include <ease/ops/add.hpp>
#include <ease/ops/attention.hpp>
#include <ease/ops/rms_norm.hpp>
#include <ease/ops/rotary.hpp>

#include "catch.hpp"
#include "ops/random_numbers.hpp"

using namespace ease::ops;
using namespace ops_test;

namespace {

// Keys and values of `length` positions, and what stands around them: NaN.
template <class Number>
struct cache {
  cache(std::mt19937& random, std::int64_t length, std::int64_t width)
      : keys(random_numbers<Number>(random, length * width)), values(random_numbers<Number>(random, length * width)) {
    std::int64_t const capacity = padded_width(length + 40);
    auto const nan = to_number<Number>(NAN);
    k.assign(static_cast<std::size_t>(cached_head<Number>::key_numbers(capacity, width)), nan);
    v.assign(static_cast<std::size_t>(cached_head<Number>::value_numbers(capacity, width)), nan);
    head = {k.data(), v.data(), capacity, width};
    for (std::int64_t p = 0; p < length; ++p) head.write(p, keys.data() + p * width, values.data() + p * width);
  }
  cache(cache const&) = delete;
  cache& operator=(cache const&) = delete;

  std::vector<Number> keys, values, k, v;
  cached_head<Number> head;
};

// The readable reference: softmax(q k / sqrt(width)) v over the positions that `sees` allows.
template <class Number>
std::vector<double> attention_reference(Number const* q, cache<Number> const& c, std::int64_t length, auto&& sees) {
  std::int64_t const width = c.head.width;
  std::vector<double> out(static_cast<std::size_t>(width));
  double total = 0;
  for (std::int64_t p = 0; p < length; ++p) {
    if (!sees(p)) continue;
    double dot = 0;
    for (std::int64_t d = 0; d < width; ++d) dot += exact(q[d]) * exact(c.keys[static_cast<std::size_t>(p * width + d)]);
    double const weight = std::exp(dot / std::sqrt(static_cast<double>(width)));
    total += weight;
    for (std::int64_t d = 0; d < width; ++d)
      out[static_cast<std::size_t>(d)] += weight * exact(c.values[static_cast<std::size_t>(p * width + d)]);
  }
  for (double& x : out) x /= total;
  return out;
}

}  // namespace

TEMPLATE_TEST_CASE("attention is that of float64, and a query's the same in any company", "", float, bf16) {
  std::mt19937 random{4};
  for (std::int64_t const width : {2, 16, 64, 80, 128})
    for (std::int64_t const length : {1, 2, 31, 33, 255, 256, 257, 600}) {
      CAPTURE(width, length);
      cache<TestType> const c{random, length, width};
      std::int64_t const rows = std::min<std::int64_t>(length, 17), stride = width + 3;
      auto const q = random_numbers<TestType>(random, rows * stride);
      std::vector<TestType> out(q.size()), one(static_cast<std::size_t>(width));
      attention_scratch<TestType> scratch{width};
      attend(c.head, query_rows<TestType>{q.data(), out.data(), rows, stride, length - rows, 1}, scratch);
      for (std::int64_t r = 0; r < rows; ++r) {
        std::int64_t const position = length - rows + r;
        auto const want =
            attention_reference(q.data() + r * stride, c, length, [&](std::int64_t p) { return p <= position; });
        for (std::int64_t d = 0; d < width; ++d) {
          double const got = exact(out[static_cast<std::size_t>(r * stride + d)]);
          if (!(std::abs(got - want[static_cast<std::size_t>(d)]) <= 4 * rounding<TestType> + 1e-5))
            FAIL_CHECK(got << " and not " << want[static_cast<std::size_t>(d)] << " at row " << r);
        }
        attend(c.head, query_rows<TestType>{q.data() + r * stride, one.data(), 1, width, position, 0}, scratch);
        CHECK(same_bits(one.data(), out.data() + r * stride, width));
      }
    }
}

TEMPLATE_TEST_CASE("a mask hides positions, whichever block of keys they are in", "", float, bf16) {
  std::mt19937 random{5};
  std::int64_t const width = 32;
  for (std::int64_t const from : {3, 250, 256, 300}) {
    std::int64_t const count = 9, length = from + count;
    cache<TestType> const c{random, length, width};
    auto const q = random_numbers<TestType>(random, count * width);
    std::vector<TestType> out(q.size());
    std::vector<unsigned char> mask(static_cast<std::size_t>(count * count));
    for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = random() % 2;
    attention_scratch<TestType> scratch{width};
    attend(c.head, query_rows<TestType>{q.data(), out.data(), count, width, from, 1, mask.data(), from, count}, scratch);
    for (std::int64_t r = 0; r < count; ++r) {
      auto const want = attention_reference(q.data() + r * width, c, length, [&](std::int64_t p) {
        return p < from || (p <= from + r && mask[static_cast<std::size_t>(r * count + p - from)] != 0);
      });
      for (std::int64_t d = 0; d < width; ++d) {
        double const got = exact(out[static_cast<std::size_t>(r * width + d)]);
        if (!(std::abs(got - want[static_cast<std::size_t>(d)]) <= 4 * rounding<TestType> + 1e-5))
          FAIL_CHECK(got << " and not " << want[static_cast<std::size_t>(d)]);
      }
    }
  }
}

TEMPLATE_TEST_CASE("a copied beginning of a cache attends as the original", "", float, bf16) {
  std::mt19937 random{6};
  cache<TestType> const a{random, 70, 48};
  cache<TestType> b{random, 150, 48};  // of another capacity
  b.head.copy(a.head, 45);
  auto const q = random_numbers<TestType>(random, 48);
  std::vector<TestType> one(48), other(48);
  attention_scratch<TestType> scratch{48};
  attend(a.head, query_rows<TestType>{q.data(), one.data(), 1, 48, 44, 0}, scratch);
  attend(b.head, query_rows<TestType>{q.data(), other.data(), 1, 48, 44, 0}, scratch);
  CHECK(same_bits(one.data(), other.data(), 48));
}

TEMPLATE_TEST_CASE("sums and multiples of rows are those of float64", "", float, bf16) {
  std::mt19937 random{8};
  auto const a = random_numbers<TestType>(random, 96), b = random_numbers<TestType>(random, 96);
  std::vector<TestType> sum(96), twice(96);
  run_best<add_row<TestType>>(a.data(), b.data(), 96, sum.data());
  run_best<scale_row<TestType>>(a.data(), 1.7F, 96, twice.data());
  for (std::size_t i = 0; i < 96; ++i) {
    double const want = exact(a[i]) + exact(b[i]), wide = 1.7 * exact(a[i]);
    CHECK(std::abs(exact(sum[i]) - want) <= rounding<TestType> * std::abs(want));
    CHECK(std::abs(exact(twice[i]) - wide) <= rounding<TestType> * std::abs(wide));
  }
}

TEMPLATE_TEST_CASE("RMS norm and rotation are those of float64", "", float, bf16) {
  std::mt19937 random{7};
  for (std::int64_t const width : {2, 6, 16, 30, 64, 576, 1000}) {
    CAPTURE(width);
    auto const x = random_numbers<TestType>(random, width), weight = random_numbers<TestType>(random, width);
    std::vector<double> wide, weights, want(static_cast<std::size_t>(width));
    for (TestType const n : x) wide.push_back(exact(n));
    for (TestType const n : weight) weights.push_back(exact(n));
    std::vector<TestType> y(x.size());
    run_best<rms_norm_row<TestType>>(x.data(), weight.data(), width, 1e-5F, y.data());
    rms_norm_reference(wide.data(), weights.data(), width, 1e-5, want.data());
    for (std::size_t i = 0; i < want.size(); ++i)
      CHECK(std::abs(exact(y[i]) - want[i]) <= 2 * rounding<TestType> * std::abs(want[i]) + 1e-6);

    auto const cos = random_numbers<TestType>(random, width), sin = random_numbers<TestType>(random, width);
    run_best<rotate_head<TestType>>(x.data(), cos.data(), sin.data(), width, y.data());
    std::size_t const half = wide.size() / 2;
    for (std::size_t i = 0; i < wide.size(); ++i) {
      double const other = wide[(i + half) % wide.size()], straight = wide[i] * exact(cos[i]),
                   crossed = other * exact(sin[i]);
      CHECK(std::abs(exact(y[i]) - straight - crossed) <=
            2 * rounding<TestType> * (std::abs(straight) + std::abs(crossed)) + 1e-6);
    }
  }
}
