// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of llm/model_content.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <ease/core/error.hpp>
#include <ease/core/hash.hpp>
#include <ease/io/files/file_hash.hpp>
#include <ease/llm/model_content.hpp>
#include <system_error>
#include <vector>

namespace ease::inline v1 {

EASE_INLINE std::string content_of_model(std::filesystem::path const& path) {
  namespace fs = std::filesystem;
  std::error_code bad;
  if (fs::is_regular_file(path, bad)) return file_hash(path);
  if (!fs::is_directory(path, bad))
    throw error{"{}: no such model; name a Hugging Face folder (with config.json) or a .gguf file", path.string()};
  std::vector<fs::path> files;
  for (auto const& one : fs::directory_iterator{path}) {
    auto const kind = one.path().extension();
    bool const other = kind == ".jsonl" || kind == ".md" || one.path().filename().string().starts_with('.');
    if (!other && one.is_regular_file(bad)) files.push_back(one.path());
  }
  std::ranges::sort(files);
  xxh3_stream all;
  for (auto const& file : files) {
    all.add(file.filename().string());
    all.add(file_hash(file));
  }
  return hex(all.value());
}

EASE_INLINE std::string content_if_there(std::filesystem::path const& path) {
  std::error_code bad;
  return std::filesystem::exists(path, bad) ? content_of_model(path) : std::string{};
}

}  // namespace ease::inline v1
