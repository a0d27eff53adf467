// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a local model is, as one hash of the files that make it: weights, configuration, tokeniser, template. Nothing is
// loaded. Rows of text that lie in the folder (*.jsonl: logs) are no part of the model.
#include <ease/core/compiled.hpp>
#include <filesystem>
#include <string>

namespace ease {

// `path` is a Hugging Face folder or a .gguf file. Throws ease::error if there is neither.
std::string content_of_model(std::filesystem::path const& path);

// The model at a path as a part of what a result depends on (core/identity.hpp): hashed when an identity is made, not
// before, for an earlier training of the same program may still have to write it.
struct model_at {
  std::filesystem::path path;
  std::string identity() const { return content_of_model(path); }
};

}  // namespace ease

#ifndef EASE_COMPILED
#include <ease/llm/model_content.ipp>
#endif
