// SPDX-License-Identifier: Apache-2.0
#pragma once
// SipHash-2-4 with 128 bits (Aumasson and Bernstein 2012), for the journals alone: there a text's hash stands for the text,
// and who writes prompts could gain by two that share one: the answer to the first would be taken for the second's. Each
// journal has a key of its own, drawn at random, and who does not know it cannot make such a pair. The unkeyed XXH3
// (core/hash.hpp), with which all else is hashed, promises nothing of the kind. Non-goal: signing anything.
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ease/core/hash.hpp>
#include <string_view>

namespace ease::inline v1 {

using siphash_key = std::array<std::uint64_t, 2>;

inline hash128 siphash(siphash_key const& key, std::string_view text) {
  static_assert(std::endian::native == std::endian::little, "words are read as they stand in memory");
  std::uint64_t a = key[0] ^ 0x736f6d6570736575ULL, b = key[1] ^ 0x646f72616e646f6dULL ^ 0xeeU;
  std::uint64_t c = key[0] ^ 0x6c7967656e657261ULL, d = key[1] ^ 0x7465646279746573ULL;
  auto const rounds = [&](int count) {
    for (int i = 0; i < count; ++i) {
      a += b, b = std::rotl(b, 13) ^ a, a = std::rotl(a, 32);
      c += d, d = std::rotl(d, 16) ^ c;
      a += d, d = std::rotl(d, 21) ^ a;
      c += b, b = std::rotl(b, 17) ^ c, c = std::rotl(c, 32);
    }
  };
  auto const absorb = [&](std::uint64_t word) {
    d ^= word;
    rounds(2);
    a ^= word;
  };
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    absorb(word);
  }
  std::uint64_t last = static_cast<std::uint64_t>(text.size()) << 56U;
  for (std::size_t i = 0; at + i < text.size(); ++i)
    last |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[at + i])) << (8 * i);
  absorb(last);
  hash128 out;
  c ^= 0xeeU;
  rounds(4);
  out.low = a ^ b ^ c ^ d;
  b ^= 0xddU;
  rounds(4);
  out.high = a ^ b ^ c ^ d;
  return out;
}

}  // namespace ease::inline v1
