// SPDX-License-Identifier: Apache-2.0
#pragma once
// generation_config.json: how a model's makers sample from it, and which tokens begin, end and pad.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ease/core/compiled.hpp"

namespace ease {

struct generation_defaults {
  std::vector<std::int32_t> eos{};  // any of these ends an answer
  std::optional<std::int32_t> bos{}, pad{};
  std::optional<bool> do_sample{};
  std::optional<double> temperature{}, top_p{}, repetition_penalty{};
  std::optional<std::int64_t> top_k{};
  friend bool operator==(generation_defaults const&, generation_defaults const&) = default;
};

// From generation_config.json, and for what it leaves out of tokens from config.json: transformers does so too. Either file
// may be missing. Throws if one is not sound.
generation_defaults read_generation_defaults(std::filesystem::path const& folder);

// The text of a generation_config.json.
std::string generation_config_text(generation_defaults const& d);

}  // namespace ease

#ifndef EASE_COMPILED
#include "ease/llm/files/generation_defaults.ipp"
#endif
