// SPDX-License-Identifier: Apache-2.0
// Compiled without optimisation in every build (see tests/CMakeLists.txt): there a vector that passes through a function
// that is not inlined goes wrong. Each instruction set of this machine is tried.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ease/ops/simd.hpp>
#include <limits>
#include <random>
#include <vector>

#include "catch.hpp"

using namespace ease::detail;

namespace {

// A function that is called with fewer arguments than it takes, as happens where a vector is returned in another way than
// the caller expects, would read what an earlier call left there, and often go right by luck: now it reads at 0.
[[gnu::always_inline]] inline void forget_arguments() {
#if defined(__x86_64__)
  asm volatile("xorl %%esi, %%esi" ::: "rsi", "cc");
#endif
}

struct exp_kernel {
  [[gnu::always_inline]] static void run(std::vector<float>& x) {
    for (std::size_t i = 0; i < x.size(); i += simd::lanes) {
      simd::floats const given = simd::load(x.data() + i);
      forget_arguments();
      simd::store(x.data() + i, simd::exp_of_nonpositive(given));
    }
  }
};

struct root_kernel {
  [[gnu::always_inline]] static void run(std::vector<float>& x) {
    for (std::size_t i = 0; i < x.size(); i += simd::lanes) {
      simd::floats const given = simd::load(x.data() + i);
      forget_arguments();
      simd::store(x.data() + i, simd::square_root(given));
    }
  }
};

// rows: eight vectors. out: their sums, their sums one by one, their largest lanes, the larger of the first two by lane.
struct sums_kernel {
  [[gnu::always_inline]] static void run(std::vector<float> const& rows, std::vector<float>& out) {
    std::array<simd::floats, 8> eight{};
    for (std::size_t i = 0; i < 8; ++i) eight[i] = simd::load(rows.data() + i * simd::lanes);
    simd::store(out.data(), simd::sums(eight));
    for (std::size_t i = 0; i < 8; ++i) out[8 + i] = simd::sum(eight[i]);
    for (std::size_t i = 0; i < 8; ++i) out[16 + i] = simd::largest(eight[i]);
    simd::store(out.data() + 24, simd::larger(eight[0], eight[1]));
  }
};

struct narrow_kernel {
  [[gnu::always_inline]] static void run(std::vector<float> const& from, std::vector<simd::bfloat16>& to,
                                         std::vector<float>& back) {
    for (std::size_t i = 0; i < from.size(); i += simd::lanes) {
      simd::floats const given = simd::load(from.data() + i);
      simd::bfloat16* const narrow = to.data() + i;
      forget_arguments();
      simd::store(narrow, given);
      simd::store(back.data() + i, simd::load(to.data() + i));
    }
  }
};

// Runs the kernel in each way it is compiled that this machine can run; check(way) after each.
template <class Kernel, class... Arguments>
void each_way(auto const& check, Arguments&... arguments) {
  simd::run_baseline<Kernel>(arguments...);
  check("baseline");
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    simd::run_avx2<Kernel>(arguments...);
    check("avx2");
  }
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    simd::run_avx512<Kernel>(arguments...);
    check("avx512");
  }
#endif
  simd::run<Kernel>(arguments...);
  check("chosen");
}

std::vector<float> spread(std::size_t n, float low, float high) {
  std::mt19937 from(7);
  std::uniform_real_distribution<float> draw(low, high);
  std::vector<float> x(n);
  for (float& value : x) value = draw(from);
  return x;
}

}  // namespace

TEST_CASE("e^x of vectors is that of the C library to two units in the last place, and 0 below -87") {
  std::vector<float> given = spread(4096, -86.9F, 0.0F);
  given[0] = 0.0F;
  given[1] = -87.5F;
  given[2] = -std::numeric_limits<float>::infinity();
  given[3] = -1e-20F;
  std::vector<float> x = given;
  auto const check = [&](char const* way) {
    INFO(way);
    std::size_t far = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      auto const right = given[i] < -87.0F ? 0.0 : std::exp(static_cast<double>(given[i]));
      far += std::abs(static_cast<double>(x[i]) - right) > right * 2.0 / (1U << 23) ? 1 : 0;
    }
    CHECK(far == 0);
    x = given;
  };
  each_way<exp_kernel>(check, x);
}

TEST_CASE("square roots of vectors are those of the C library") {
  auto given = spread(4096, 0.0F, 4.0F);
  given[0] = 0.0F;
  given[1] = 1e-40F;
  given[2] = std::numeric_limits<float>::infinity();
  auto x = given;
  auto const check = [&](char const* way) {
    INFO(way);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < x.size(); ++i) wrong += x[i] == std::sqrt(given[i]) ? 0 : 1;
    CHECK(wrong == 0);
    x = given;
  };
  each_way<root_kernel>(check, x);
}

TEST_CASE("sums, largest and larger of vectors") {
  std::vector<float> const rows = [] {
    std::vector<float> x = spread(64, -8.0F, 8.0F);
    for (float& value : x) value = std::round(value * 16.0F) / 16.0F;  // sums of these are exact in any order
    return x;
  }();
  std::vector<float> out(32);
  auto const check = [&](char const* way) {
    INFO(way);
    for (std::size_t i = 0; i < 8; ++i) {
      float sum = 0.0F, most = rows[i * 8];
      for (std::size_t j = 0; j < 8; ++j) {
        sum += rows[i * 8 + j];
        most = std::max(most, rows[i * 8 + j]);
      }
      CHECK(out[i] == sum);
      CHECK(out[8 + i] == sum);
      CHECK(out[16 + i] == most);
      CHECK(out[24 + i] == std::max(rows[i], rows[8 + i]));
    }
    out.assign(out.size(), 0.0F);
  };
  each_way<sums_kernel>(check, rows, out);
}

TEST_CASE("bfloat16 is the nearest one, the even one of two") {
  std::vector<float> given = spread(4096, -3.0F, 3.0F);
  for (std::size_t i = 0; i < 64; ++i) {  // halfway between two
    auto const bits = static_cast<std::uint32_t>(0x3F808000U + (i << 16U));
    std::memcpy(&given[i], &bits, sizeof bits);
  }
  std::vector<simd::bfloat16> narrow(given.size());
  std::vector<float> back(given.size());
  auto const check = [&](char const* way) {
    INFO(way);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < given.size(); ++i) {
      int exponent = 0;  // 8 bits of significand: to the nearest multiple of 2^(exponent - 8), ties to even
      std::frexp(given[i], &exponent);
      double const step = std::ldexp(1.0, exponent - 8);
      double const right = std::nearbyint(static_cast<double>(given[i]) / step) * step;
      wrong += static_cast<double>(back[i]) != right ? 1 : 0;
    }
    CHECK(wrong == 0);
    narrow.assign(narrow.size(), {});
    back.assign(back.size(), 0.0F);
  };
  each_way<narrow_kernel>(check, given, narrow, back);
}
