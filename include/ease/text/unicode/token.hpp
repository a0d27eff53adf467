// SPDX-License-Identifier: Apache-2.0
#pragma once
// Token ids, and whether text that looks like a special token may become one.
#include <cstdint>

namespace ease::inline v1 {

using token_id = std::int32_t;

// `plain`: the text of a special token, or of an added token like "<think>" or "<tool_call>", stays ordinary text.
// A jailbreak prompt cannot open a turn. `parsed`: added tokens become their ids, as transformers does by default.
enum class special_text : std::uint8_t { plain, parsed };

}  // namespace ease::inline v1
