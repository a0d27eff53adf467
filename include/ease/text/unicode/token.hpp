// SPDX-License-Identifier: Apache-2.0
#pragma once
// The number a vocabulary gives a piece of text, and the question every tokeniser must be asked: may text that looks like a
// special token become one?
#include <cstdint>

namespace ease {

using token_id = std::int32_t;

// `plain`: a special token's text, and any added token written like a mark ("<think>", "<tool_call>"), stays ordinary text.
// A jailbreak prompt cannot open a turn. `parsed`: added tokens become their ids, as transformers does by default.
enum class special_text : std::uint8_t { plain, parsed };

}  // namespace ease
