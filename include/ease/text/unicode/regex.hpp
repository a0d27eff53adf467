// SPDX-License-Identifier: Apache-2.0
#pragma once
// A compiled pattern of a tokenizer.json, over PCRE2, made to agree with Oniguruma (which `tokenizers` uses) where the two
// differ: white space is the Unicode property, and ^ and $ match at lines. The patterns of the model families we know are
// matched by hand (scanner.hpp); this is for all others.
#ifndef PCRE2_CODE_UNIT_WIDTH
#define PCRE2_CODE_UNIT_WIDTH 8
#endif
#include <pcre2.h>

#include <array>
#include <cstddef>
#include <ease/core/error.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace ease::inline v1 {

class regex {
 public:
  // Throws `error` with PCRE2's message if the pattern does not compile.
  explicit regex(std::string_view pattern) {
    std::string const adapted = with_unicode_spaces(pattern);
    int code = 0;
    PCRE2_SIZE at = 0;
    code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(adapted.data()), adapted.size(),
                              PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE, &code, &at, nullptr),
                pcre2_code_free);
    if (!code_) throw error("a pre-tokeniser's pattern does not compile: {} (at byte {})", message(code), at);
    pcre2_jit_compile(code_.get(), PCRE2_JIT_COMPLETE);  // where there is no JIT, matching is slower but the same
  }

  // Calls each(begin, end) for every match, left to right; empty matches are skipped. `text` must be valid UTF-8. `each` may
  // itself match: a chain of patterns cuts every piece further while the one before it still runs.
  template <class Each>
  void for_each_match(std::string_view text, Each&& each) const {
    pcre2_match_data* const data = match_data();
    auto const* const subject = reinterpret_cast<PCRE2_SPTR>(text.data());
    for (std::size_t at = 0; at < text.size();) {
      int const found = pcre2_match(code_.get(), subject, text.size(), at, PCRE2_NO_UTF_CHECK, data, nullptr);
      if (found == PCRE2_ERROR_NOMATCH) return;
      if (found < 0) throw error("a pre-tokeniser's pattern gave up after {} bytes: {}", at, message(found));
      auto const begin = pcre2_get_ovector_pointer(data)[0], end = pcre2_get_ovector_pointer(data)[1];
      if (end > begin) each(begin, end);
      at = end > at ? end : next_character(text, at);
    }
  }

 private:
  // The engine's match data: one a thread, not one a text, since most texts are a word long. Without groups.
  static pcre2_match_data* match_data() {
    thread_local std::unique_ptr<pcre2_match_data, void (*)(pcre2_match_data*)> const one{
        pcre2_match_data_create(1, nullptr), pcre2_match_data_free};
    return one.get();
  }
  static std::string message(int code) {
    std::array<PCRE2_UCHAR, 128> text{};
    pcre2_get_error_message(code, text.data(), text.size());
    return reinterpret_cast<char const*>(text.data());
  }
  static std::size_t next_character(std::string_view text, std::size_t at) {
    do ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U);
    return at;
  }
  // PCRE2's \s also takes U+180E, which is no white space since Unicode 6.3.
  static std::string with_unicode_spaces(std::string_view pattern) {
    static constexpr std::string_view spaces =
        R"(\x{9}-\x{d}\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";
    std::string out;
    bool in_class = false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      char const c = pattern[i];
      if (c != '\\' || i + 1 == pattern.size()) {
        in_class = c == '[' || (in_class && c != ']');
        out.push_back(c);
        continue;
      }
      char const escaped = pattern[++i];
      if (escaped == 's' && in_class) {
        out.append(spaces);
      } else if (escaped == 's' || (escaped == 'S' && !in_class)) {
        out.append(escaped == 's' ? "[" : "[^").append(spaces).append("]");
      } else {
        out.append({'\\', escaped});
      }
    }
    return out;
  }

  std::shared_ptr<pcre2_code> code_;
};

}  // namespace ease::inline v1
