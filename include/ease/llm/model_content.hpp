#pragma once
// What a local model is, as one hash of the files that make it: weights, configuration, tokeniser, template. Nothing is
// loaded. Rows of text that lie in the folder (*.jsonl: logs) are no part of the model.
#include <algorithm>
#include <ease/core/hash.hpp>
#include <ease/io/error.hpp>
#include <ease/io/file_hash.hpp>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace ease {

// `path` is a Hugging Face folder or a .gguf file. Throws ease::error if there is neither.
inline std::string content_of_model(std::filesystem::path const& path) {
  namespace fs = std::filesystem;
  std::error_code bad;
  if (fs::is_regular_file(path, bad)) return file_hash(path);
  if (!fs::is_directory(path, bad))
    throw error{"{}: no such model; name a Hugging Face folder (with config.json) or a .gguf file", path.string()};
  std::vector<fs::path> files;
  for (auto const& one : fs::directory_iterator{path})
    if (one.is_regular_file(bad) && one.path().extension() != ".jsonl") files.push_back(one.path());
  std::ranges::sort(files);
  xxh3_stream all;
  for (auto const& file : files) {
    all.add(file.filename().string());
    all.add(file_hash(file));
  }
  return hex(all.value());
}

// The model at a path as a part of what a result depends on (core/identity.hpp): hashed when an identity is made, not
// before, for an earlier training of the same program may still have to write it.
struct model_at {
  std::filesystem::path path;
  std::string identity() const { return content_of_model(path); }
};

}  // namespace ease
