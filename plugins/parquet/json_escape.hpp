// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text of a column as a JSON string. Bytes that are not UTF-8 are left as they are: the reader of the row says where they stand.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace ease::parquet {

// How many bytes at the front of `text` stand in a JSON string as they are.
inline std::size_t plain_length(std::string_view text) {
  constexpr std::uint64_t ones = 0x0101010101010101U, highs = 0x8080808080808080U;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word{};
    std::memcpy(&word, text.data() + at, 8);
    // A byte's high bit is set where the byte is zero; the lowest one that is set is right, of those above it some may be wrong.
    auto const zero = [](std::uint64_t w) { return (w - ones) & ~w & highs; };
    auto const below_space = (word - ones * 0x20) & ~word & highs;
    auto const found = below_space | zero(word ^ (ones * '"')) | zero(word ^ (ones * '\\'));
    if (found != 0) {
      if constexpr (std::endian::native == std::endian::little)
        return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
      break;
    }
  }
  while (at < text.size()) {
    auto const c = static_cast<unsigned char>(text[at]);
    if (c < 0x20 || c == '"' || c == '\\') break;
    ++at;
  }
  return at;
}

inline void append_quoted(std::string& out, std::string_view text) {
  constexpr std::string_view hex{"0123456789abcdef"};
  out += '"';
  for (;;) {
    auto const plain = plain_length(text);
    out.append(text.data(), plain);
    if (plain == text.size()) break;
    auto const c = static_cast<unsigned char>(text[plain]);
    text.remove_prefix(plain + 1);
    constexpr std::string_view named{"\"\\\n\r\t\b\f"}, letters{"\"\\nrtbf"};
    if (auto const which = named.find(static_cast<char>(c)); which != named.npos) {
      out += '\\';
      out += letters[which];
    } else {
      out += "\\u00";
      out += hex[c >> 4U];
      out += hex[c & 15U];
    }
  }
  out += '"';
}

// Bytes as base64, in quotes, with padding (RFC 4648, section 4).
inline void append_base64(std::string& out, std::string_view bytes) {
  constexpr std::string_view letters{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"};
  auto const byte = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U; };
  out += '"';
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    auto const three = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    out += letters[three >> 18U];
    out += letters[three >> 12U & 63U];
    out += i + 1 < bytes.size() ? letters[three >> 6U & 63U] : '=';
    out += i + 2 < bytes.size() ? letters[three & 63U] : '=';
  }
  out += '"';
}

}  // namespace ease::parquet
