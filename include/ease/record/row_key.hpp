// SPDX-License-Identifier: Apache-2.0
#pragma once
// A row's number for sampling and sharding, from its prompt alone: the same wherever the row stands, on whichever machine.
#include <cstdint>
#include <ease/core/hash.hpp>
#include <string_view>

namespace ease {

inline std::uint64_t row_key(std::string_view prompt) { return xxh3(prompt); }

}  // namespace ease
