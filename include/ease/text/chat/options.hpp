// SPDX-License-Identifier: Apache-2.0
#pragma once
// What may be set for a chat template, whatever its family.
#include <optional>
#include <string>
#include <vector>

namespace ease::inline v1 {

struct chat_options {
  // Llama 3's "Today Date", pinned: today's would make every day another model. Not set: the one its template pins, else 26
  // Jul 2024.
  std::optional<std::string> date{};
  std::optional<std::string> default_system{};  // `chatml`: the system turn of a conversation without one; not set: none
  bool begins_with_bos{false};                  // `chatml`: behind the model's BOS token
  std::vector<std::string> guard_categories{};  // Llama Guard's list, lines such as "S1: Violent Crimes."; empty: its own
};

}  // namespace ease::inline v1
