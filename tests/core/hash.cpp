// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <ease/core/hash.hpp>
#include <string>
#include <string_view>

#include "catch.hpp"

using namespace ease;

namespace {

constexpr std::uint64_t prime = 11400714785074694797ULL;

// The bytes of which xxHash publishes the hashes (cli/xsum_sanity_check.c of version 0.8).
std::string published_bytes() {
  std::string bytes(2367, '\0');
  std::uint64_t from = 2654435761U;
  for (auto& byte : bytes) byte = static_cast<char>(from >> 56U), from *= prime;
  return bytes;
}

hash128 streamed(std::string_view bytes, std::size_t piece) {
  xxh3_stream hash;
  for (std::size_t at = 0; at < bytes.size(); at += piece) hash.add(bytes.substr(at, piece));
  return hash.value();
}

}  // namespace

TEST_CASE("hashes are those that xxHash publishes, whatever the length") {
  auto const bytes = published_bytes();
  auto const first = [&](std::size_t count) { return std::string_view{bytes}.substr(0, count); };
  struct {
    std::size_t length;
    std::uint64_t hash, seeded;
  } const of_64_bits[] = {
      {0, 0x2d06800538d394c2, 0xa8a6b918b2f0364a},   {1, 0xc44bdff4074eecdb, 0x032be332dd766ef8},
      {6, 0x27b56a84cd2d7325, 0x84589c116ab59ab9},   {12, 0xa713daf0dfbb77e7, 0xe7303e1b2336de0e},
      {24, 0xa3fe70bf9d3510eb, 0x850e80fc35bdd690},  {48, 0x397da259ecba1f11, 0xadc2cbaa44acc616},
      {80, 0xbcdefbbb2c47c90a, 0xc6dd0cb699532e73},  {195, 0xcd94217ee362ec3a, 0xba68003d370cb3d9},
      {403, 0xcdeb804d65c6dea4, 0x6259f6ecfd6443fd}, {2367, 0xcb37aeb9e5d361ed, 0xd2db3415b942b42a},
  };
  for (auto const& known : of_64_bits) {
    CAPTURE(known.length);
    CHECK(xxh3(first(known.length)) == known.hash);
    CHECK(xxh3(first(known.length), prime) == known.seeded);
  }
  struct {
    std::size_t length;
    hash128 hash;
  } const of_128_bits[] = {
      {0, {0x6001c324468d497f, 0x99aa06d3014798d8}},    {1, {0xc44bdff4074eecdb, 0xa6cd5e9392000f6a}},
      {6, {0x3e7039bdda43cfc6, 0x082afe0b8162d12a}},    {12, {0x061a192713f69ad9, 0x6e3efd8fc7802b18}},
      {24, {0x1e7044d28b1b901d, 0x0ce966e4678d3761}},   {48, {0xf942219aed80f67b, 0xa002ac4e5478227e}},
      {222, {0xf1aebd597cec6b3a, 0x337e09641b948717}},  {403, {0xcdeb804d65c6dea4, 0x1b6de21e332dd73d}},
      {2048, {0xdd59e2c3a5f038e0, 0xf736557fd47073a5}}, {2367, {0xcb37aeb9e5d361ed, 0xe89c0f6ff369b427}},
  };
  for (auto const& known : of_128_bits)
    for (std::size_t const piece : {1U, 7U, 64U, 1000U, 5000U}) {
      CAPTURE(known.length, piece);
      CHECK(streamed(first(known.length), piece) == known.hash);
    }
  CHECK(hex({0x6001c324468d497f, 0x99aa06d3014798d8}) == "99aa06d3014798d86001c324468d497f");
  CHECK(hex({1, 2}) == "00000000000000020000000000000001");
}
