// SPDX-License-Identifier: Apache-2.0
#pragma once
// The tokens of a Jinja tag, and a position among them.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1::jinja {

enum class token_kind : std::uint8_t { name, text, number, sign };
struct token {
  token_kind kind;
  std::string text;
};

class token_cursor {
 protected:
  token_cursor(std::vector<token> const& tokens, std::size_t from) : tokens_{tokens}, at_{std::min(from, tokens.size())} {}

  bool is(std::string_view text) const {
    return at_ < tokens_.size() && tokens_[at_].kind != token_kind::text && tokens_[at_].text == text;
  }
  bool take(std::string_view text) { return is(text) && ++at_ > 0; }
  void need(std::string_view text) {
    if (!take(text)) throw error("jinja: '{}' is missing", text);
  }
  std::string name() {
    if (at_ == tokens_.size() || tokens_[at_].kind != token_kind::name) throw error("jinja: a name is missing");
    return tokens_[at_++].text;
  }

  std::vector<token> const& tokens_;
  std::size_t at_;
};

}  // namespace ease::inline v1::jinja
