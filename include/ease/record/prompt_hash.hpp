// SPDX-License-Identifier: Apache-2.0
#pragma once
// The hash of a row's prompt, by which rows are sampled and sharded: the same wherever the row stands, on whichever machine.
// A prompt with messages in front of it is another one; without any, the hash is that of its text alone.
#include <cstdint>
#include <ease/core/conversation.hpp>
#include <ease/core/hash.hpp>
#include <span>
#include <string>
#include <string_view>

namespace ease::inline v1 {

namespace detail {
// The messages and the prompt as one text that no others have.
inline std::string question_text(std::string_view prompt, std::span<message const> before) {
  std::string out;
  auto const add = [&](std::string_view what, std::string_view text) {
    out.append(what).append(std::to_string(text.size())).append(":").append(text);
  };
  for (auto const& one : before) {
    add(name_of(one.role), one.content);
    for (auto const& call : one.calls) add("call", call.name), add("", call.arguments);
  }
  return out.append(prompt);
}
}  // namespace detail

inline std::uint64_t prompt_hash(std::string_view prompt, std::span<message const> before = {}) {
  return before.empty() ? xxh3(prompt) : xxh3(detail::question_text(prompt, before));
}

// With 128 bits, for telling prompts apart.
inline hash128 prompt_hash_128(std::string_view prompt, std::span<message const> before = {}) {
  return before.empty() ? xxh3_128(prompt) : xxh3_128(detail::question_text(prompt, before));
}

}  // namespace ease::inline v1
