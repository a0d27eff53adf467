// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a chat template gives: the conversation as text, as token ids, and which of those count in the loss.
#include <cstdint>
#include <string>
#include <vector>

#include "ease/text/unicode/token.hpp"

namespace ease {

// A conversation as a model reads it. `ids` and `trained` have the same length; trained[i] is 1 where ids[i] counts in the
// loss.
struct rendered {
  std::string text;
  std::vector<token_id> ids;
  std::vector<std::uint8_t> trained;
};

}  // namespace ease
