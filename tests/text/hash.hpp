// SPDX-License-Identifier: Apache-2.0
#pragma once
// FNV-1a, 64 bits, as the scripts of tests/oracle/text write it of ids and texts.
#include <fmt/format.h>

#include <cstdint>
#include <ease/text/unicode/token.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace text_test {

inline std::string hash_of(std::string_view bytes) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (char const c : bytes) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", value);
}

inline std::string hash_of(std::vector<ease::token_id> const& ids) {
  std::string bytes;
  for (auto const id : ids)
    for (unsigned shift = 0; shift < 32; shift += 8)
      bytes += static_cast<char>(static_cast<std::uint64_t>(id) >> shift & 0xffU);
  return hash_of(std::string_view{bytes});
}

}  // namespace text_test
