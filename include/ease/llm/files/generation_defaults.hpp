// SPDX-License-Identifier: Apache-2.0
#pragma once
// generation_config.json: the sampling defaults of a model's authors, and the BOS, EOS and padding tokens.
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ease::inline v1 {

struct generation_defaults {
  std::vector<std::int32_t> eos{};  // any of these ends an answer
  std::optional<std::int32_t> bos{}, pad{};
  std::optional<bool> do_sample{};
  std::optional<double> temperature{}, top_p{}, repetition_penalty{};
  std::optional<std::int64_t> top_k{};
  friend bool operator==(generation_defaults const&, generation_defaults const&) = default;
};

// From generation_config.json; tokens that it leaves out are taken from config.json, as transformers does. Either file may
// be missing. Throws if one is invalid.
generation_defaults read_generation_defaults(std::filesystem::path const& folder);

// The text of a generation_config.json.
std::string generation_config_text(generation_defaults const& d);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/llm/files/generation_defaults.ipp>
#endif
