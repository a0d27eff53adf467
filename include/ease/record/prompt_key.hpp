// SPDX-License-Identifier: Apache-2.0
#pragma once
// When two prompts are the same: for rows that must not stand twice in a mix, nor in a mix and in the evaluation set.
#include <ease/core/compiled.hpp>
#include <ease/core/conversation.hpp>
#include <ease/core/hash.hpp>
#include <span>
#include <string>
#include <string_view>

namespace ease::inline v1 {

// Two prompts with the same key are the same prompt: the same words, whatever the case of ASCII letters and the white space.
hash128 prompt_key(std::string_view text);
// Likewise of prompts with messages in front of them: those are the same too, each by its words.
hash128 prompt_key(std::string_view text, std::span<message const> before);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/record/prompt_key.ipp>
#endif
