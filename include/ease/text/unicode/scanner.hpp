// SPDX-License-Identifier: Apache-2.0
#pragma once
// The two patterns nearly all byte-level tokenisers split text with, matched by hand: one pass, no backtracking, several
// times the speed of a regex engine. GPT-2's (Radford et al. 2019), and the one of cl100k that Llama 3 and Qwen took over.
#include <cstddef>
#include <ease/text/unicode/unicode.hpp>
#include <optional>
#include <string_view>

namespace ease::inline v1 {

inline constexpr std::string_view gpt2_pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
inline constexpr std::string_view llama3_pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
inline constexpr std::string_view qwen2_pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
inline constexpr std::string_view qwen3_5_pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

class scanner {
 public:
  // The scanner for this very pattern, if there is one.
  static std::optional<scanner> of(std::string_view pattern) {
    if (pattern == gpt2_pattern) return scanner{style::gpt2, 0, false};
    if (pattern == llama3_pattern) return scanner{style::cl100k, 3, false};
    if (pattern == qwen2_pattern) return scanner{style::cl100k, 1, false};
    if (pattern == qwen3_5_pattern) return scanner{style::cl100k, 1, true};
    return std::nullopt;
  }

  // The end of the piece that starts at `at`; the pieces cover the text. `text` must be valid UTF-8 and `at` inside it.
  std::size_t piece_end(std::string_view text, std::size_t at) const {
    return style_ == style::gpt2 ? gpt2_end(text, at) : cl100k_end(text, at);
  }

 private:
  enum class style : std::uint8_t { gpt2, cl100k };
  struct seen {
    char_class kind;
    std::size_t end;
  };

  scanner(style s, std::size_t digits, bool marks_are_letters) : style_{s}, digits_{digits}, marks_{marks_are_letters} {}

  seen look(std::string_view text, std::size_t at) const {
    auto const c = code_point_at(text, at);
    auto const kind = class_of(c.value);
    auto const known = kind != char_class::mark ? kind : marks_ ? char_class::letter : char_class::other;
    return {known, at + c.bytes};
  }
  std::size_t run_end(std::string_view text, std::size_t at, char_class kind) const {
    while (at < text.size()) {
      auto const next = look(text, at);
      if (next.kind != kind) break;
      at = next.end;
    }
    return at;
  }

  // 's 't 'm 'd 're 've 'll; without case also the long s (U+017F), which folds to s.
  static std::size_t contraction_end(std::string_view text, std::size_t at, bool any_case) {
    auto const lower = [&](std::size_t i) -> char {
      if (i >= text.size()) return '\0';
      char const c = text[i];
      return any_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    };
    char const first = lower(at + 1);
    if (first == 's' || first == 't' || first == 'm' || first == 'd') return at + 2;
    char const second = lower(at + 2);
    if ((first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l')) return at + 3;
    if (any_case && text.substr(at + 1, 2) == "\xC5\xBF") return at + 3;
    return at;
  }

  // \s+(?!\S)|\s+ : a run of white space leaves its last character to what follows it.
  std::size_t spaces_end(std::string_view text, std::size_t at) const {
    std::size_t last = at;
    std::size_t end = at;
    while (end < text.size()) {
      auto const next = look(text, end);
      if (next.kind != char_class::space) break;
      last = end;
      end = next.end;
    }
    return end == text.size() || last == at ? end : last;
  }

  std::size_t gpt2_end(std::string_view text, std::size_t at) const {
    if (text[at] == '\'') {
      if (auto const end = contraction_end(text, at, false); end != at) return end;
    }
    std::size_t const body = text[at] == ' ' && at + 1 < text.size() ? at + 1 : at;
    auto const kind = look(text, body).kind;
    return kind == char_class::space ? spaces_end(text, at) : run_end(text, body, kind);
  }

  std::size_t cl100k_end(std::string_view text, std::size_t at) const {
    if (text[at] == '\'') {
      if (auto const end = contraction_end(text, at, true); end != at) return end;
    }
    auto const first = look(text, at);
    if (first.kind == char_class::letter) return run_end(text, first.end, char_class::letter);
    if (first.kind == char_class::number) {
      std::size_t end = first.end;
      for (std::size_t i = 1; i < digits_ && end < text.size(); ++i) {
        auto const next = look(text, end);
        if (next.kind != char_class::number) break;
        end = next.end;
      }
      return end;
    }
    bool const newline = text[at] == '\r' || text[at] == '\n';
    auto const second = first.end < text.size() ? look(text, first.end) : seen{char_class::space, first.end};
    if (!newline && second.kind == char_class::letter) return run_end(text, second.end, char_class::letter);
    if (first.kind == char_class::other || (text[at] == ' ' && second.kind == char_class::other)) {
      std::size_t end = run_end(text, first.end, char_class::other);
      while (end < text.size() && (text[end] == '\r' || text[end] == '\n')) ++end;
      return end;
    }
    std::size_t const run = run_end(text, at, char_class::space);
    auto const last_newline = text.substr(at, run - at).find_last_of("\r\n");
    return last_newline == std::string_view::npos ? spaces_end(text, at) : at + last_newline + 1;
  }

  style style_;
  std::size_t digits_;
  bool marks_;
};

}  // namespace ease::inline v1
