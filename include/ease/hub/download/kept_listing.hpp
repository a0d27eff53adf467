// SPDX-License-Identifier: Apache-2.0
#pragma once
// The files of a commit, kept in the cache as huggingface_hub keeps them, trees/COMMIT.json beside the snapshots: a commit's list
// never changes, and is asked for once by whichever tool came first.
//     {"format_version": 1, "files": {PATH: {"size", "blob_id", "lfs_sha256", "lfs_size"}, ...}}
#include <cstdint>
#include <ease/hub/download/hub_listing.hpp>
#include <ease/hub/hub_cache.hpp>
#include <ease/io/files/atomic_file.hpp>
#include <ease/io/files/make_folder.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/io/json/simdjson.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace ease::inline v1 {

namespace detail {
inline std::filesystem::path listing_file(hub_cache const& cache, std::string_view commit) {
  return cache.folder() / "trees" / (std::string{commit} + ".json");
}
}  // namespace detail

inline void keep_listing(hub_cache const& cache, hub_listing const& all) {
  std::string text;
  json_writer w{text, bad_utf8::replace};
  w.object().key("format_version").value(std::uint64_t{1}).key("files").object();
  for (auto const& one : all.files) {
    w.key(one.path).object().key("size").value(one.size).key("blob_id").value(one.git_id);
    if (one.kind == digest_kind::sha256) w.key("lfs_sha256").value(one.etag).key("lfs_size").value(one.size);
    w.end();
  }
  w.end().end();
  auto const file = detail::listing_file(cache, all.commit);
  make_folder(file.parent_path());
  write_atomically(file, text);
}

// The paths of all files of a commit; nothing if no tool has listed them.
inline std::optional<std::vector<std::string>> kept_listing(hub_cache const& cache, std::string_view commit) {
  auto const file = detail::listing_file(cache, commit);
  std::error_code none;
  if (!std::filesystem::is_regular_file(file, none)) return std::nullopt;
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::int64_t version = 0;
  simdjson::dom::object files;
  if (parser.load(file.string()).get(root) != simdjson::SUCCESS ||
      root["format_version"].get(version) != simdjson::SUCCESS || version != 1 ||
      root["files"].get(files) != simdjson::SUCCESS)
    return std::nullopt;
  std::vector<std::string> out;
  for (auto const [path, facts] : files)
    if (detail::is_inside(path)) out.emplace_back(path);
  return out;
}

}  // namespace ease::inline v1
