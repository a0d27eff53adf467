// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text from tokens as they come, without ever cutting a character in two.
#include <cstddef>
#include <string>
#include <utility>

#include "ease/text/tokenizer/tokenizer.hpp"
#include "ease/text/unicode/token.hpp"
#include "ease/text/unicode/unicode.hpp"

namespace ease {

// The pushed texts and the last `finish` together are what `tokenizer::decode` gives for all the tokens, byte for byte.
class stream_decoder {
 public:
  explicit stream_decoder(tokenizer words, bool skip_special = true)
      : words_{std::move(words)}, skip_special_{skip_special} {}

  // What is complete so far. A character whose last bytes are still to come waits for them.
  std::string push(token_id id) {
    if (!(skip_special_ && words_.is_special(id))) waiting_ += words_.bytes_of(id);
    std::size_t tail = waiting_.size();
    for (std::size_t back = 1; back <= 3 && back <= waiting_.size(); ++back) {
      std::size_t const at = waiting_.size() - back;
      if ((static_cast<unsigned char>(waiting_[at]) & 0xC0U) == 0x80U) continue;
      if (utf8_part_at(waiting_, at).cut_off) tail = at;
      break;
    }
    auto out = waiting_.substr(0, tail);
    waiting_.erase(0, tail);
    return out;
  }

  // The rest: bytes of a character that was never completed, mostly none. The decoder can be used again.
  std::string finish() { return std::exchange(waiting_, {}); }

 private:
  tokenizer words_;
  bool skip_special_;
  std::string waiting_;
};

}  // namespace ease
