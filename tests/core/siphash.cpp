// SPDX-License-Identifier: Apache-2.0
#include <ease/core/siphash.hpp>
#include <set>
#include <string>

#include "catch.hpp"

using namespace ease;

// Vectors of the authors' own vectors.h (vectors_sip128): key 00 01 .. 0f, texts 00 01 .. of length 0, 1, 7, 8 and 15.
TEST_CASE("hashes are those of the authors' reference") {
  siphash_key const key{0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL};
  auto const text = [](std::size_t length) {
    std::string t;
    for (std::size_t i = 0; i < length; ++i) t += static_cast<char>(i);
    return t;
  };
  CHECK((siphash(key, text(0)) == hash128{0xe6a825ba047f81a3ULL, 0x930255c71472f66dULL}));
  CHECK((siphash(key, text(1)) == hash128{0x44af996bd8c187daULL, 0x45fc229b11597634ULL}));
  CHECK((siphash(key, text(7)) == hash128{0x53c1dbd8beebf1a1ULL, 0x3982f01fa64ab8c0ULL}));
  CHECK((siphash(key, text(8)) == hash128{0x61f55862baa9623bULL, 0xb49714f364e2830fULL}));
  CHECK((siphash(key, text(15)) == hash128{0x11a8b03399e99354ULL, 0xd9c3cf970fec087eULL}));
}

TEST_CASE("another key gives other hashes, and no two short texts share one") {
  CHECK(!(siphash({1, 2}, "text") == siphash({1, 3}, "text")));
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    auto const h = siphash({7, 8}, text);
    CHECK(seen.emplace(h.low, h.high).second);
    text += '\0';
  }
}
