// SPDX-License-Identifier: Apache-2.0
#pragma once
// The chat families that are known, and what may be set for one.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ease {

enum class chat_family : std::uint8_t { smollm2, qwen2_5, llama3, r1_distill, llama_guard3 };

struct chat_options {
  // Llama 3's "Today Date", pinned: today's would make every day another model. Not set: the one its template pins, else 26
  // Jul 2024.
  std::optional<std::string> date{};
  std::vector<std::string> guard_categories{};  // Llama Guard's list, lines such as "S1: Violent Crimes."; empty: its own
};

}  // namespace ease
