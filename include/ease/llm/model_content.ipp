// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of llm/model_content.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/hash.hpp>
#include <ease/io/files/file_hash.hpp>
#include <ease/io/tensors/gguf.hpp>
#include <ease/io/tensors/safetensors_index.hpp>
#include <ease/llm/model_content.hpp>
#include <ease/llm/model_place.hpp>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace ease::inline v1 {

namespace detail::contents {

namespace fs = std::filesystem;

inline std::string of_folder(fs::path const& path) {
  std::error_code bad;
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

// Of a split GGUF file, those of its parts that are there.
inline std::string of_file(fs::path const& path) {
  auto const part = gguf_part_name::of(path);
  if (!part || part->count == 1) return file_hash(path);
  xxh3_stream all;
  for (std::int64_t i = 1; i <= part->count; ++i)
    if (auto const one = part->path_of(i); exists(one)) all.add(file_hash(one));
  return hex(all.value());
}

inline std::string of(fs::path const& path) { return fs::is_directory(path) ? of_folder(path) : of_file(path); }

}  // namespace detail::contents

EASE_INLINE std::string content_of_model(std::filesystem::path const& path) {
  using namespace detail::contents;
  std::error_code bad;
  bool const plain =
      fs::is_regular_file(path, bad) || (fs::is_directory(path, bad) && !fs::exists(path / adapter_config_name, bad) &&
                                         !fs::is_directory(path / "snapshots", bad));
  if (plain) return of(path);
  auto const place = find_model(path.string());
  if (place.adapters.empty()) return of(place.base);
  xxh3_stream all;
  all.add(of(place.base));
  for (auto const& adapter : place.adapters) all.add(of(adapter));
  return hex(all.value());
}

EASE_INLINE std::string content_if_there(std::filesystem::path const& path) {
  std::error_code bad;
  if (std::filesystem::exists(path, bad)) return content_of_model(path);
  try {
    return content_of_model(path);
  } catch (error const&) {
    return {};
  }
}

}  // namespace ease::inline v1
