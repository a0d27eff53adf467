#include "ease/llm/random.hpp"

#include <set>

#include "catch.hpp"

// Known answers of the Random123 library (kat_vectors, philox4x32 10).
static_assert(ease::philox({0, 0, 0, 0}, {0, 0}) ==
              std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
static_assert(ease::philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
              std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
static_assert(ease::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
              std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});

TEST_CASE("draws are uniform, and differ by seed, row and step") {
  std::set<double> seen;
  double sum = 0, squares = 0;
  int count = 0;
  for (std::uint64_t seed : {0ULL, 42ULL, 1ULL << 40})
    for (std::uint64_t row = 0; row < 100; ++row)
      for (std::uint32_t step = 0; step < 100; ++step, ++count) {
        double const u = ease::uniform_draw(seed, row, step);
        REQUIRE((u >= 0 && u < 1));
        seen.insert(u);
        sum += u, squares += u * u;
      }
  CHECK(seen.size() == 30000);
  CHECK(sum / count == Approx(0.5).margin(0.007));  // four standard errors
  CHECK(squares / count == Approx(1.0 / 3).margin(0.007));
  static_assert(ease::uniform_draw(1, 2, 3) == ease::uniform_draw(1, 2, 3));
}
