// SPDX-License-Identifier: Apache-2.0
#pragma once
// UTF-8 and the character properties that tokenisers use, over utf8proc.
//
// Versions matter: the reference tokenisers (`tokenizers`) classify letters by Unicode 16, single digits by Unicode 17 and
// normalise by Unicode 11, while Debian 12's utf8proc knows Unicode 15.0. The small tables below close the gap; the script
// tests/oracle/text/text_unicode.py compares every code point. With a newer utf8proc they are harmless.
//
// Invalid bytes: text that is not UTF-8 is read as Python's `bytes.decode("utf-8", "replace")` reads it: each maximal
// invalid part becomes U+FFFD. So the ids are those the reference gives for the replaced text. Rows are checked when they
// are read.
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <ease/io/json/simdjson.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

struct code_point {
  char32_t value;
  std::uint32_t bytes;  // how many bytes of UTF-8 it takes, 1 to 4
};

// `text` must be valid UTF-8 and `at` the start of a character.
inline code_point code_point_at(std::string_view text, std::size_t at) {
  auto const byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i])); };
  std::uint32_t const lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xE0) return {(lead & 0x1FU) << 6U | (byte(1) & 0x3FU), 2};
  if (lead < 0xF0) return {(lead & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU), 3};
  return {(lead & 0x07U) << 18U | (byte(1) & 0x3FU) << 12U | (byte(2) & 0x3FU) << 6U | (byte(3) & 0x3FU), 4};
}

inline void append_utf8(std::string& out, char32_t c) {
  auto const put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) return put(0xC0 | c >> 6U), put(0x80 | (c & 0x3FU));
  if (c < 0x10000) return put(0xE0 | c >> 12U), put(0x80 | (c >> 6U & 0x3FU)), put(0x80 | (c & 0x3FU));
  put(0xF0 | c >> 18U), put(0x80 | (c >> 12U & 0x3FU)), put(0x80 | (c >> 6U & 0x3FU)), put(0x80 | (c & 0x3FU));
}

inline bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

// How many bytes at `at` belong together: `bytes` of a valid character, or of a maximal invalid part (Unicode 15,
// section 3.9). `truncated` says that the text ends inside a character that was valid so far.
struct utf8_part {
  std::size_t bytes;
  bool valid;
  bool truncated;
};

inline utf8_part utf8_part_at(std::string_view text, std::size_t at) {
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  unsigned const lead = byte(0);
  if (lead < 0x80) return {1, true, false};
  std::size_t const length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0) return {1, false, false};
  for (std::size_t i = 1; i < length; ++i) {
    if (at + i == text.size()) return {i, false, true};
    unsigned const low = i > 1 ? 0x80U : lead == 0xE0 ? 0xA0U : lead == 0xF0 ? 0x90U : 0x80U;
    unsigned const high = i > 1 ? 0xBFU : lead == 0xED ? 0x9FU : lead == 0xF4 ? 0x8FU : 0xBFU;
    if (byte(i) < low || byte(i) > high) return {i, false, false};
  }
  return {length, true, false};
}

// The same text with each maximal invalid part replaced by U+FFFD.
inline std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 8);
  for (std::size_t at = 0; at < text.size();) {
    auto const part = utf8_part_at(text, at);
    out.append(part.valid ? text.substr(at, part.bytes) : std::string_view{"\xEF\xBF\xBD"});
    at += part.bytes;
  }
  return out;
}

namespace detail {

struct code_range {
  char32_t first, last;
};

template <std::size_t Size>
bool in_ranges(std::array<code_range, Size> const& ranges, char32_t c) {
  auto const* const found =
      std::upper_bound(ranges.data(), ranges.data() + Size, c, [](char32_t x, code_range const& r) { return x < r.first; });
  return found != ranges.data() && c <= found[-1].last;
}

// Assigned after Unicode 15.0, as of Unicode 16.
inline constexpr std::array<code_range, 22> newer_letters{
    {{0x1C89, 0x1C8A},   {0xA7CB, 0xA7CD},   {0xA7DA, 0xA7DC},   {0x105C0, 0x105F3}, {0x10D4A, 0x10D65}, {0x10D6F, 0x10D85},
     {0x10EC2, 0x10EC4}, {0x11380, 0x11389}, {0x1138B, 0x1138B}, {0x1138E, 0x1138E}, {0x11390, 0x113B5}, {0x113B7, 0x113B7},
     {0x113D1, 0x113D1}, {0x113D3, 0x113D3}, {0x11BC0, 0x11BE0}, {0x13460, 0x143FA}, {0x16100, 0x1611D}, {0x16D40, 0x16D6C},
     {0x18CFF, 0x18CFF}, {0x1E5D0, 0x1E5ED}, {0x1E5F0, 0x1E5F0}, {0x2EBF0, 0x2EE5D}}};
inline constexpr std::array<code_range, 7> newer_numbers{{{0x10D40, 0x10D49},
                                                          {0x116D0, 0x116E3},
                                                          {0x11BF0, 0x11BF9},
                                                          {0x16130, 0x16139},
                                                          {0x16D70, 0x16D79},
                                                          {0x1CCF0, 0x1CCF9},
                                                          {0x1E5F1, 0x1E5FA}}};
inline constexpr std::array<code_range, 13> newer_marks{{{0x897, 0x897},
                                                         {0x10D69, 0x10D6D},
                                                         {0x10EFC, 0x10EFC},
                                                         {0x113B8, 0x113C0},
                                                         {0x113C2, 0x113C2},
                                                         {0x113C5, 0x113C5},
                                                         {0x113C7, 0x113CA},
                                                         {0x113CC, 0x113D0},
                                                         {0x113D2, 0x113D2},
                                                         {0x113E1, 0x113E2},
                                                         {0x11F5A, 0x11F5A},
                                                         {0x1611E, 0x1612F},
                                                         {0x1E5EE, 0x1E5EF}}};
// Numbers that only Unicode 17 knows.
inline constexpr std::array<code_range, 2> newest_numbers{{{0x11DE0, 0x11DE9}, {0x16FF4, 0x16FF6}}};

// Marks the reference's normaliser does not know yet: it neither reorders nor composes them. Bar U+11930, the second half of
// a composition newer than it, all have a combining class now.
inline constexpr std::array<code_range, 39> newer_combining{
    {{0x7FD, 0x7FD},     {0x898, 0x89F},     {0x8CA, 0x8D3},     {0x9FE, 0x9FE},     {0xC3C, 0xC3C},     {0xD3B, 0xD3C},
     {0xEBA, 0xEBA},     {0x1715, 0x1715},   {0x1ABF, 0x1ACE},   {0x1DF6, 0x1DFA},   {0xA82C, 0xA82C},   {0x10D24, 0x10D27},
     {0x10EAB, 0x10EAC}, {0x10EFD, 0x10EFF}, {0x10F46, 0x10F50}, {0x10F82, 0x10F85}, {0x11070, 0x11070}, {0x1133B, 0x1133B},
     {0x1145E, 0x1145E}, {0x11839, 0x1183A}, {0x11930, 0x11930}, {0x1193D, 0x1193E}, {0x11943, 0x11943}, {0x119E0, 0x119E0},
     {0x11A34, 0x11A34}, {0x11A47, 0x11A47}, {0x11A99, 0x11A99}, {0x11D42, 0x11D42}, {0x11D44, 0x11D45}, {0x11D97, 0x11D97},
     {0x11F41, 0x11F42}, {0x16FF0, 0x16FF1}, {0x1E08F, 0x1E08F}, {0x1E130, 0x1E136}, {0x1E2AE, 0x1E2AE}, {0x1E2EC, 0x1E2EF},
     {0x1E4EC, 0x1E4EF}, {0x1E5EE, 0x1E5EF}, {0x1E6E3, 0x1E6E3}}};

// Compatibility characters newer than the reference's normaliser: NFKC and NFKD leave them as they are.
inline constexpr std::array<code_range, 9> newer_compatible{{{0x32FF, 0x32FF},
                                                             {0xA7F2, 0xA7F4},
                                                             {0xAB69, 0xAB69},
                                                             {0x10781, 0x10785},
                                                             {0x10787, 0x107B0},
                                                             {0x107B2, 0x107BA},
                                                             {0x1E030, 0x1E06D},
                                                             {0x1F16C, 0x1F16C},
                                                             {0x1FBF0, 0x1FBF9}}};

}  // namespace detail

// The classes tokenisers' patterns name. A character is at most one of them.
enum class char_class : std::uint8_t { other, letter, number, mark, space };  // \p{L} \p{N} \p{M} \s

inline char_class class_of(char32_t c) {
  if (c < 0x80) {
    if ((c | 0x20U) >= 'a' && (c | 0x20U) <= 'z') return char_class::letter;
    if (c >= '0' && c <= '9') return char_class::number;
    return c == ' ' || (c >= 9 && c <= 13) ? char_class::space : char_class::other;
  }
  auto const category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) return char_class::letter;
  if (category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME) return char_class::mark;
  if (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO) return char_class::number;
  if (category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP) return char_class::space;
  if (c == 0x85) return char_class::space;
  if (category != UTF8PROC_CATEGORY_CN) return char_class::other;
  if (detail::in_ranges(detail::newer_letters, c)) return char_class::letter;
  if (detail::in_ranges(detail::newer_numbers, c)) return char_class::number;
  return detail::in_ranges(detail::newer_marks, c) ? char_class::mark : char_class::other;
}

// A character the `Digits` pre-tokeniser isolates: numbers as of Unicode 17.
inline bool is_numeric(char32_t c) {
  return class_of(c) == char_class::number || (c > 0xFFFF && detail::in_ranges(detail::newest_numbers, c));
}

// \w as of UTS 18: what borders a `single_word` added token.
inline bool is_word_char(char32_t c) {
  auto const category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  bool const circled = (c >= 0x24B6 && c <= 0x24E9) || (c >= 0x1F130 && c <= 0x1F149) || (c >= 0x1F150 && c <= 0x1F169) ||
                       (c >= 0x1F170 && c <= 0x1F189);
  auto const kind = class_of(c);
  return kind == char_class::letter || kind == char_class::mark || circled || category == UTF8PROC_CATEGORY_PC ||
         (kind == char_class::number && category != UTF8PROC_CATEGORY_NO) || c == 0x200C || c == 0x200D;
}

enum class normal_form : std::uint8_t { nfc, nfd, nfkc, nfkd };

// `text` must be valid UTF-8. Linear apart from the sort of each run of marks, however long that run is: utf8proc's own
// function is quadratic there.
inline std::string normalized(std::string_view text, normal_form form) {
  if (std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
    return std::string{text};
  }
  bool const compose = form == normal_form::nfc || form == normal_form::nfkc;
  bool const compat = form == normal_form::nfkc || form == normal_form::nfkd;
  auto const options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | (compat ? UTF8PROC_COMPAT : 0));
  std::string out;
  out.reserve(text.size());
  std::vector<utf8proc_int32_t> segment;
  auto const combining = [](utf8proc_int32_t c) { return utf8proc_get_property(c)->combining_class; };
  auto const flush = [&] {
    for (auto run = segment.begin(); run != segment.end();) {
      if (combining(*run) == 0) {
        ++run;
        continue;
      }
      auto const end = std::find_if(run, segment.end(), [&](auto c) { return combining(c) == 0; });
      std::stable_sort(run, end, [&](auto a, auto b) { return combining(a) < combining(b); });
      run = end;
    }
    auto count = static_cast<utf8proc_ssize_t>(segment.size());
    if (compose && count > 1) {
      count = utf8proc_normalize_utf32(segment.data(), count,
                                       static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    }
    for (utf8proc_ssize_t i = 0; i < count; ++i)
      append_utf8(out, static_cast<char32_t>(segment[static_cast<std::size_t>(i)]));
    segment.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    auto const c = code_point_at(text, at);
    at += c.bytes;
    // U+11A7 lies just before the trailing consonants: utf8proc takes it for one and drops it behind a Hangul syllable.
    bool const unknown = c.value > 0x7FC && (c.value == 0x11A7 || detail::in_ranges(detail::newer_combining, c.value) ||
                                             (compat && detail::in_ranges(detail::newer_compatible, c.value)));
    if (unknown) {
      flush();
      append_utf8(out, c.value);
      continue;
    }
    std::array<utf8proc_int32_t, 32> parts{};
    int boundary = 0;
    auto const n = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c.value), parts.data(),
                                           static_cast<utf8proc_ssize_t>(parts.size()), options, &boundary);
    segment.insert(segment.end(), parts.begin(), parts.begin() + n);
  }
  flush();
  return out;
}

}  // namespace ease::inline v1
