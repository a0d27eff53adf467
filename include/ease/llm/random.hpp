#pragma once
// Random numbers without a state: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3",
// SC 2011) maps a counter and a key to 128 random bits. Keyed by (seed, row, step), a row's draws depend neither on its
// batch nor on the order rows are worked on. Non-goal: cryptography.
#include <array>
#include <cstdint>

namespace ease {

// One block of Philox4x32 with ten rounds.
constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    std::uint64_t const a = std::uint64_t{0xD2511F53U} * counter[0], b = std::uint64_t{0xCD9E8D57U} * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key = {key[0] + 0x9E3779B9U, key[1] + 0xBB67AE85U};
  }
  return counter;
}

// Uniform on [0, 1), 53 bits.
constexpr double uniform_draw(std::uint64_t seed, std::uint64_t row, std::uint32_t step) {
  auto const low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
  auto const bits = philox({low(row), low(row >> 32), step, 0}, {low(seed), low(seed >> 32)});
  return static_cast<double>(((std::uint64_t{bits[1]} << 32) | bits[0]) >> 11) * 0x1.0p-53;
}

}  // namespace ease
