// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which pre-tokeniser a vocabulary was made with, by what its tokens can and cannot be: no token crosses a place where text was
// split. Patterns of the cl100k kind (Llama 3, Qwen2) let a letter follow one sign, as in "(self", those of the GPT-2 kind only
// a space; Llama 3 makes tokens of up to three digits, Qwen2 and SmolLM of one, GPT-2 of any number.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/text/tokenizer/byte_alphabet.hpp>
#include <ease/text/unicode/unicode.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

struct recognised_pre {
  std::string name;     // a value of tokenizer.ggml.pre; "" if the tokens do not tell
  std::string because;  // what was seen
};

namespace detail {

struct token_traits {
  std::size_t digits{0};     // most in one token
  std::size_t signs{0};      // tokens of one sign and letters behind it
  std::size_t line_ends{0};  // tokens of several line ends
};

inline token_traits traits_of(std::vector<std::string> const& tokens, std::vector<std::int32_t> const& types) {
  constexpr std::int32_t normal = 1;
  auto const digit = [](char c) { return c >= '0' && c <= '9'; };
  auto const letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  token_traits seen;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if ((i < types.size() && types[i] != normal) || !is_utf8(tokens[i])) continue;
    auto const bytes = from_byte_alphabet(tokens[i]);
    if (!bytes || bytes->empty()) continue;
    std::string_view const text{*bytes};
    if (std::ranges::all_of(text, digit)) seen.digits = std::max(seen.digits, text.size());
    char const first = text.front();
    bool const sign = first > ' ' && first < 0x7F && !letter(first) && !digit(first) && first != '\'';
    if (sign && text.size() > 2 && std::ranges::all_of(text.substr(1), letter)) ++seen.signs;
    if (text.size() > 1 && text.find_first_not_of('\n') == std::string_view::npos) ++seen.line_ends;
  }
  return seen;
}

}  // namespace detail

// `types`: as in gguf_vocabulary. What a vocabulary lacks tells something only if it is large.
inline recognised_pre pre_by_merges(std::vector<std::string> const& tokens, std::vector<std::int32_t> const& types,
                                    std::size_t merges) {
  constexpr std::size_t large = 10'000, many = 20;
  auto const seen = detail::traits_of(tokens, types);
  bool const cl100k = seen.signs >= many;
  if (cl100k && seen.digits == 3) return {"llama-bpe", "tokens have up to three digits, and letters behind a sign"};
  if (cl100k && seen.digits == 1) return {"qwen2", "no token has two digits, and some have letters behind a sign"};
  if (!cl100k && seen.digits > 3) return {"gpt-2", "tokens have more than three digits, and no letters behind a sign"};
  if (merges < large) return {"", "there are too few of them"};
  if (!cl100k && seen.digits == 1 && seen.line_ends > 0)
    return {"smollm", "no token has two digits, or letters behind a sign"};
  return {"", "they fit none that is known here, or several"};
}

}  // namespace ease::inline v1
