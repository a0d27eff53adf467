// SPDX-License-Identifier: Apache-2.0
#pragma once
// Added tokens: found in the text as a whole, before anything is split or merged, such as the special tokens of a chat
// template and `<think>`. Matching follows `tokenizers`: leftmost, then longest; tokens with `normalized` are matched in the
// normalised text.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <ease/text/unicode/token.hpp>
#include <ease/text/unicode/unicode.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct added_token {
  token_id id{0};
  std::string content;
  bool special{false};      // not shown by decode(skip_special)
  bool lstrip{false};       // takes the white space before it along
  bool rstrip{false};       // and after it
  bool normalized{false};   // sought in the normalised text
  bool single_word{false};  // only where no word character touches it
  friend bool operator==(added_token const&, added_token const&) = default;
};

// Whether a token is structure, so that user content must not become it: special tokens, and those that the vocabulary does
// not flag as special although they are (R1's <think>, Qwen's <tool_call>).
inline bool is_control_token(added_token const& token) {
  std::string_view const text = token.content;
  return token.special || (text.size() > 2 && text.starts_with('<') && text.ends_with('>'));
}

class added_token_matcher {
 public:
  // Pattern i stands for tokens[i]; an empty pattern is never found.
  void add(std::string_view pattern, std::size_t index) {
    if (pattern.empty()) return;
    std::uint32_t at = 0;
    for (char const c : pattern) at = child(at, c, true);
    nodes_[at].index = static_cast<std::int32_t>(index);
    starts_[static_cast<unsigned char>(pattern[0])] = true;
    ++size_;
  }

  // Splits `text` at the tokens: on_text(std::string_view) for the text between (never empty), on_token(index).
  template <class OnText, class OnToken>
  void split(std::string_view text, std::vector<added_token> const& tokens, special_text policy, OnText&& on_text,
             OnToken&& on_token) const {
    std::size_t done = 0;
    for (std::size_t at = 0; size_ > 0 && at < text.size();) {
      auto const [index, length] = longest_at(text, at);
      if (length == 0) {
        ++at;
        continue;
      }
      std::size_t begin = at, end = at + length;
      at = end;
      added_token const& token = tokens[index];
      if (policy == special_text::plain && is_control_token(token)) continue;
      if (token.single_word && (touches_word_before(text, begin) || touches_word_after(text, end))) continue;
      if (token.lstrip) begin = std::max(spaces_before(text, begin, done), done);
      if (token.rstrip) end = spaces_after(text, end);
      if (done < begin) on_text(text.substr(done, begin - done));
      on_token(index);
      done = end;  // white space that `rstrip` took is searched again, as the reference does
    }
    if (done < text.size()) on_text(text.substr(done));
  }

 private:
  struct node {
    std::vector<std::pair<char, std::uint32_t>> next;
    std::int32_t index{-1};
  };

  std::uint32_t child(std::uint32_t at, char c, bool make) {
    for (auto const& [key, to] : nodes_[at].next) {
      if (key == c) return to;
    }
    if (!make) return 0;
    auto const to = static_cast<std::uint32_t>(nodes_.size());
    nodes_[at].next.emplace_back(c, to);
    nodes_.emplace_back();
    return to;
  }

  std::pair<std::size_t, std::size_t> longest_at(std::string_view text, std::size_t at) const {
    if (!starts_[static_cast<unsigned char>(text[at])]) return {0, 0};
    std::pair<std::size_t, std::size_t> best{0, 0};
    std::uint32_t here = 0;
    for (std::size_t i = at; i < text.size(); ++i) {
      auto const& next = nodes_[here].next;
      auto const step = std::find_if(next.begin(), next.end(), [&](auto const& edge) { return edge.first == text[i]; });
      if (step == next.end()) break;
      here = step->second;
      if (nodes_[here].index >= 0) best = {static_cast<std::size_t>(nodes_[here].index), i + 1 - at};
    }
    return best;
  }

  static std::size_t character_before(std::string_view text, std::size_t at) {
    do --at;
    while ((static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U);
    return at;
  }
  static bool touches_word_before(std::string_view text, std::size_t at) {
    return at > 0 && is_word_char(code_point_at(text, character_before(text, at)).value);
  }
  static bool touches_word_after(std::string_view text, std::size_t at) {
    return at < text.size() && is_word_char(code_point_at(text, at).value);
  }
  static std::size_t spaces_before(std::string_view text, std::size_t at, std::size_t stop) {
    while (at > stop) {
      auto const before = character_before(text, at);
      if (class_of(code_point_at(text, before).value) != char_class::space) break;
      at = before;
    }
    return at;
  }
  static std::size_t spaces_after(std::string_view text, std::size_t at) {
    while (at < text.size()) {
      auto const c = code_point_at(text, at);
      if (class_of(c.value) != char_class::space) break;
      at += c.bytes;
    }
    return at;
  }

  std::vector<node> nodes_{1};
  std::array<bool, 256> starts_{};
  std::size_t size_{0};
};

}  // namespace ease::inline v1
