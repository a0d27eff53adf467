// SPDX-License-Identifier: Apache-2.0
#pragma once
// How byte-level vocabularies write bytes as printable characters (GPT-2's table): printable Latin-1 stands for itself, the
// other 68 bytes for U+0100 and on. A space is written "Ġ".
#include <array>
#include <cstdint>
#include <ease/text/unicode/unicode.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace ease::inline v1 {

inline constexpr std::array<char16_t, 256> byte_alphabet = [] {
  std::array<char16_t, 256> letters{};
  char16_t next = 0x100;
  for (unsigned b = 0; b < 256; ++b) {
    bool const printable = (b > 0x20 && b < 0x7F) || (b > 0xA0 && b != 0xAD);
    letters[b] = printable ? static_cast<char16_t>(b) : next++;
  }
  return letters;
}();

inline std::string in_byte_alphabet(std::string_view bytes) {
  std::string out;
  for (char const c : bytes) append_utf8(out, byte_alphabet[static_cast<unsigned char>(c)]);
  return out;
}

// The bytes a token of the vocabulary stands for; nothing if it has a character outside the alphabet. `token`: valid UTF-8.
inline std::optional<std::string> from_byte_alphabet(std::string_view token) {
  static constexpr std::array<std::int16_t, 0x144> bytes = [] {
    std::array<std::int16_t, 0x144> back{};
    back.fill(-1);
    for (unsigned b = 0; b < 256; ++b) back[byte_alphabet[b]] = static_cast<std::int16_t>(b);
    return back;
  }();
  std::string out;
  out.reserve(token.size());
  for (std::size_t at = 0; at < token.size();) {
    auto const c = code_point_at(token, at);
    if (c.value >= bytes.size() || bytes[c.value] < 0) return std::nullopt;
    out.push_back(static_cast<char>(bytes[c.value]));
    at += c.bytes;
  }
  return out;
}

}  // namespace ease::inline v1
