// SPDX-License-Identifier: Apache-2.0
#pragma once
// The identity of a local model as one hash of its files: weights, configuration, tokeniser, template. Nothing is loaded.
// Logs (*.jsonl), descriptions (*.md) and hidden files in the folder are not part of the model.
#include <ease/core/compiled.hpp>
#include <filesystem>
#include <string>

namespace ease::inline v1 {

// `path` is a Hugging Face folder or a .gguf file. Throws ease::error if there is neither.
std::string content_of_model(std::filesystem::path const& path);
// "" if there is no model there, nor a folder.
std::string content_if_there(std::filesystem::path const& path);

// The model at a path as a part of an identity (core/identity.hpp): hashed when the identity is computed, not before, since
// an earlier training of the same program may still have to write it.
struct model_at {
  std::filesystem::path path;
  std::string identity() const { return content_of_model(path); }
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/llm/model_content.ipp>
#endif
