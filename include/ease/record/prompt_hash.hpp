// SPDX-License-Identifier: Apache-2.0
#pragma once
// The hash of a row's prompt, by which rows are sampled and sharded: the same wherever the row stands, on whichever machine.
#include <cstdint>
#include <ease/core/hash.hpp>
#include <string_view>

namespace ease::inline v1 {

inline std::uint64_t prompt_hash(std::string_view prompt) { return xxh3(prompt); }

}  // namespace ease::inline v1
