// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <ease/llm/files/random.hpp>
#include <set>
#include <vector>

#include "catch.hpp"

namespace {

using block = std::array<std::uint32_t, 4>;

std::uint64_t wide(std::uint32_t low, std::uint32_t high) { return std::uint64_t{high} << 32U | low; }

// The four numbers that stand at a counter: libtorch's engine takes it as subsequence (upper half) and offset (lower half).
block engine(block const& counter, std::array<std::uint32_t, 2> const& key) {
  at::Philox4_32 bits{wide(key[0], key[1]), wide(counter[2], counter[3]), wide(counter[0], counter[1])};
  block out;
  for (auto& number : out) number = bits();
  return out;
}

// Philox4x32-10 as the paper writes it.
block by_the_paper(block counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    std::uint64_t const a = std::uint64_t{0xd2511f53U} * counter[0], b = std::uint64_t{0xcd9e8d57U} * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32U) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32U) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key = {key[0] + 0x9e3779b9U, key[1] + 0xbb67ae85U};
  }
  return counter;
}

}  // namespace

TEST_CASE("libtorch's Philox gives the known answers of the Random123 library") {  // kat_vectors, philox4x32 10
  struct {
    block counter;
    std::array<std::uint32_t, 2> key;
    block answer;
  } const known[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
       {0xffffffff, 0xffffffff},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (auto const& one : known) {
    CHECK(engine(one.counter, one.key) == one.answer);
    CHECK(by_the_paper(one.counter, one.key) == one.answer);
  }
}

TEST_CASE("a draw is the block of its seed, row and position, whatever was drawn before") {
  auto const expected = [](std::uint64_t seed, std::uint64_t row, std::uint64_t position) {
    auto const half = [](std::uint64_t x, unsigned shift) { return static_cast<std::uint32_t>(x >> shift); };
    auto const bits =
        by_the_paper({half(position, 0), half(position, 32), half(row, 0), half(row, 32)}, {half(seed, 0), half(seed, 32)});
    return static_cast<double>(wide(bits[0], bits[1]) >> 11U) / 9007199254740992.0;
  };
  std::vector<std::uint64_t> const some{0, 1, 2, 0xffffffff, 0x100000000, 0x0123456789abcdef, 0xffffffffffffffff};
  std::set<double> seen;
  for (int pass = 0; pass < 2; ++pass)
    for (auto const seed : some)
      for (auto const row : some)
        for (auto const position : some) {
          CHECK(ease::uniform_draw(seed, row, position) == expected(seed, row, position));
          seen.insert(ease::uniform_draw(seed, row, position));
        }
  CHECK(seen.size() == some.size() * some.size() * some.size());
}

TEST_CASE("draws are uniform, and differ by seed, row and position") {
  std::set<double> seen;
  double sum = 0, squares = 0;
  int count = 0;
  for (std::uint64_t seed : {0ULL, 42ULL, 1ULL << 40})
    for (std::uint64_t row = 0; row < 100; ++row)
      for (std::uint64_t position = 0; position < 100; ++position, ++count) {
        double const u = ease::uniform_draw(seed, row, position);
        REQUIRE((u >= 0 && u < 1));
        seen.insert(u);
        sum += u, squares += u * u;
      }
  CHECK(seen.size() == 30000);
  CHECK(sum / count == Approx(0.5).margin(0.007));  // four standard errors
  CHECK(squares / count == Approx(1.0 / 3).margin(0.007));
}
