// SPDX-License-Identifier: Apache-2.0
#pragma once
// Decodes a stream of tokens to text without splitting a character.
#include <cstddef>
#include <ease/text/tokenizer/tokenizer.hpp>
#include <ease/text/unicode/token.hpp>
#include <ease/text/unicode/unicode.hpp>
#include <string>
#include <utility>

namespace ease::inline v1 {

// The pushed texts and the last `finish` together are what `tokenizer::decode` gives for all the tokens, byte for byte.
class stream_decoder {
 public:
  explicit stream_decoder(tokenizer tok, bool skip_special = true)
      : tokenizer_{std::move(tok)}, skip_special_{skip_special} {}

  // The complete characters so far; an incomplete one is kept until its last bytes arrive.
  std::string push(token_id id) {
    if (!(skip_special_ && tokenizer_.is_special(id))) waiting_ += tokenizer_.bytes_of(id);
    std::size_t tail = waiting_.size();
    for (std::size_t back = 1; back <= 3 && back <= waiting_.size(); ++back) {
      std::size_t const at = waiting_.size() - back;
      if ((static_cast<unsigned char>(waiting_[at]) & 0xC0U) == 0x80U) continue;
      if (utf8_part_at(waiting_, at).truncated) tail = at;
      break;
    }
    auto out = waiting_.substr(0, tail);
    waiting_.erase(0, tail);
    return out;
  }

  // The rest: bytes of a character that was never completed, mostly none. The decoder can be used again.
  std::string finish() { return std::exchange(waiting_, {}); }

 private:
  tokenizer tokenizer_;
  bool skip_special_;
  std::string waiting_;
};

}  // namespace ease::inline v1
