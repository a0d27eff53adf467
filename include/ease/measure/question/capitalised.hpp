// SPDX-License-Identifier: Apache-2.0
#pragma once
// Python's str.capitalize: the first character in title case, all others in lower case, as Unicode maps single characters;
// of the mappings to several characters those that occur in words (ß, the ligatures, İ), and the final sigma.
#include <utf8proc.h>

#include <cstddef>
#include <ease/text/unicode/unicode.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace ease::inline v1 {

namespace detail {

inline constexpr std::pair<char32_t, std::string_view> long_titles[]{
    {0xDF, "Ss"},    {0x149, "\xCA\xBCN"}, {0x1F0, "J\xCC\x8C"}, {0x587, "\xD4\xB5\xD6\x82"},
    {0xFB00, "Ff"},  {0xFB01, "Fi"},       {0xFB02, "Fl"},       {0xFB03, "Ffi"},
    {0xFB04, "Ffl"}, {0xFB05, "St"},       {0xFB06, "St"}};

inline void append_title(std::string& out, char32_t c) {
  for (auto const& [from, to] : long_titles)
    if (from == c) return void(out += to);
  append_utf8(out, static_cast<char32_t>(::utf8proc_totitle(static_cast<utf8proc_int32_t>(c))));
}

inline bool is_cased(char32_t c) {
  auto const kind = ::utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return kind == UTF8PROC_CATEGORY_LU || kind == UTF8PROC_CATEGORY_LL || kind == UTF8PROC_CATEGORY_LT;
}
// Marks and signs that a word may have between its letters: Unicode's Case_Ignorable, as far as words go.
inline bool is_case_ignorable(char32_t c) {
  auto const kind = ::utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return kind == UTF8PROC_CATEGORY_MN || kind == UTF8PROC_CATEGORY_ME || kind == UTF8PROC_CATEGORY_CF ||
         kind == UTF8PROC_CATEGORY_LM || kind == UTF8PROC_CATEGORY_SK || c == '\'' || c == '.' || c == ':' || c == 0xB7 ||
         c == 0x2018 || c == 0x2019 || c == 0x2024 || c == 0x2027;
}

}  // namespace detail

// `text` must be valid UTF-8.
inline std::string capitalised(std::string_view text) {
  std::u32string all;
  for (std::size_t at = 0; at < text.size();) {
    auto const one = code_point_at(text, at);
    all += one.value;
    at += one.bytes;
  }
  // A letter stands in front, behind what is ignored, and none follows.
  auto const is_final = [&](std::size_t at) {
    auto before = at;
    while (before > 0 && detail::is_case_ignorable(all[before - 1])) --before;
    auto behind = at + 1;
    while (behind < all.size() && detail::is_case_ignorable(all[behind])) ++behind;
    return before > 0 && detail::is_cased(all[before - 1]) && (behind == all.size() || !detail::is_cased(all[behind]));
  };
  std::string out;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i == 0)
      detail::append_title(out, all[i]);
    else if (all[i] == 0x130)  // İ
      out += "i\xCC\x87";
    else if (all[i] == 0x3A3)  // Σ
      out += is_final(i) ? "\xCF\x82" : "\xCF\x83";
    else
      append_utf8(out, static_cast<char32_t>(::utf8proc_tolower(static_cast<utf8proc_int32_t>(all[i]))));
  }
  return out;
}

}  // namespace ease::inline v1
