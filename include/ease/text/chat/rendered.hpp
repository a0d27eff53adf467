// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a chat template gives: the conversation as text, as token ids, and which of those count in the loss.
#include <cstdint>
#include <ease/text/unicode/token.hpp>
#include <string>
#include <vector>

namespace ease::inline v1 {

// A conversation as a model reads it. `ids` and `loss_mask` have the same length; loss_mask[i] is 1 where ids[i] counts in
// the loss.
struct rendered {
  std::string text;
  std::vector<token_id> ids;
  std::vector<std::uint8_t> loss_mask;
};

}  // namespace ease::inline v1
