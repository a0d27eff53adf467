// SPDX-License-Identifier: Apache-2.0
#pragma once
// The hub's cache on disk, in the layout that huggingface_hub, transformers and llama.cpp share:
//
//     models--ORG--NAME/refs/REVISION            the commit that the revision was
//     models--ORG--NAME/snapshots/COMMIT/FILE    a relative link to
//     models--ORG--NAME/blobs/ETAG               the file; the etag of a large one is its SHA-256
//
// Non-goal: downloading (hub/download/).
#include <ease/core/error.hpp>
#include <ease/hub/hub_name.hpp>
#include <ease/hub/hub_settings.hpp>
#include <ease/hub/hub_source.hpp>
#include <ease/io/files/atomic_file.hpp>
#include <ease/io/files/make_folder.hpp>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace ease::inline v1 {

class hub_cache {
 public:
  hub_cache(std::filesystem::path root, hub_name name) : root_{std::move(root)}, name_{std::move(name)} {}

  std::filesystem::path folder() const { return root_ / name_.folder(); }
  std::filesystem::path blob(std::string_view etag) const { return folder() / "blobs" / std::string{etag}; }
  // What has come of a blob so far.
  std::filesystem::path partial(std::string_view etag) const { return blob(std::string{etag} + ".incomplete"); }
  std::filesystem::path lock_of(std::string_view etag) const {
    return root_ / ".locks" / name_.folder() / (std::string{etag} + ".lock");
  }
  std::filesystem::path snapshot(std::string_view commit) const { return folder() / "snapshots" / std::string{commit}; }

  // The commit that the name's revision was when it was last fetched; a full commit is its own.
  std::optional<std::string> commit() const {
    if (detail::is_commit(name_.revision)) return name_.revision;
    std::ifstream in{ref()};
    std::string text;
    if (std::getline(in, text) && detail::is_commit(text)) return text;
    return by_beginning();
  }
  // The folder of that commit, if it is there.
  std::optional<std::filesystem::path> cached() const {
    auto const at = commit();
    std::error_code none;
    if (!at || !std::filesystem::is_directory(snapshot(*at), none)) return std::nullopt;
    return snapshot(*at);
  }

  // What is noted already is not written again: the cache may be one that can only be read.
  void remember(std::string_view commit) const {
    if (detail::is_commit(name_.revision) || this->commit() == commit) return;
    make_folder(ref().parent_path());
    write_atomically(ref(), commit);
  }
  // Where the bytes of `file` lie: the blob, or, where there are no links, the file of the snapshot itself.
  std::filesystem::path holding(std::string_view commit, std::filesystem::path const& file, std::string_view etag) const {
    auto const here = snapshot(commit) / file;
    std::error_code none;
    return !std::filesystem::exists(blob(etag), none) && std::filesystem::is_regular_file(here, none) ? here : blob(etag);
  }
  // `file` of the snapshot is that blob: by a link, and where the disk has none the blob is moved there, as huggingface_hub does.
  // Two processes may do so at once.
  void link(std::string_view commit, std::filesystem::path const& file, std::string_view etag) const {
    auto const at = snapshot(commit) / file;
    std::error_code problem;
    if (holding(commit, file, etag) == at) return;
    make_folder(at.parent_path());
    auto const target = std::filesystem::relative(blob(etag), at.parent_path());
    if (std::filesystem::read_symlink(at, problem) == target) return;
    std::filesystem::remove(at, problem);
    std::filesystem::create_symlink(target, at, problem);
    if (!problem || problem == std::errc::file_exists) return;
    auto const why = problem.message();
    std::filesystem::rename(blob(etag), at, problem);
    if (problem) throw error{"{}: cannot be linked ({}), nor moved there: {}", at.string(), why, problem.message()};
  }

 private:
  // The snapshot whose commit begins so, if it is the only one: messages say commits in short.
  std::optional<std::string> by_beginning() const {
    constexpr std::size_t least = 7;
    auto const& said = name_.revision;
    if (said.size() < least || !detail::is_lower_hex(said, said.size())) return std::nullopt;
    std::optional<std::string> found;
    std::error_code bad;
    for (auto const& one : std::filesystem::directory_iterator{folder() / "snapshots", bad}) {
      auto const commit = one.path().filename().string();
      if (!detail::is_commit(commit) || !commit.starts_with(said)) continue;
      if (found) return std::nullopt;
      found = commit;
    }
    return found;
  }
  std::filesystem::path ref() const { return folder() / "refs" / name_.revision; }

  std::filesystem::path root_;
  hub_name name_;
};

// A path that was misspelt is not asked for: nobody is where its folder is here, and the cache has nothing of that name. Throws
// ease::error, which says how to mean the hub.
inline void refuse_misspelt_path(std::string_view text, hub_name const& name) {
  std::error_code none;
  if (text.starts_with(detail::hub_scheme) || !std::filesystem::is_directory(name.owner, none) ||
      std::filesystem::exists(hub_cache{detail::hub_cache_folder(), name}.folder(), none))
    return;
  throw error{"{}: the folder {}/ is here and nothing of that name is in it; the hub's {} is hf://{}{}",
              text,
              name.owner,
              name.kind == hub_kind::model ? "model" : "data set",
              name.kind == hub_kind::model ? "" : "datasets/",
              name.text()};
}

// A path wins over a name of the hub. Where the cache has what is called so too, that is told once.
inline void tell_of_path(std::string_view text, hub_kind kind) {
  auto const& say = hub_source::of_process().say;
  std::error_code none;
  auto const name = hub_name::parse(text, kind);
  if (!say || !name || detail::ends_like_a_file(text) || text.ends_with('/') ||
      !std::filesystem::exists(std::filesystem::path{text}, none) ||
      !std::filesystem::exists(hub_cache{detail::hub_cache_folder(), *name}.folder(), none))
    return;
  static std::mutex lock;
  static std::set<std::string, std::less<>> told;
  std::scoped_lock const held{lock};
  if (told.emplace(text).second)
    say(fmt::format("{0}: the path of that name is taken, not the {1} of the hub; ./{0} says so", text,
                    kind == hub_kind::model ? "model" : "data set"));
}

// Whether `text` is the name of a model of which this machine's cache has something.
inline bool is_in_hub_cache(std::string_view text) {
  auto const name = hub_name::parse(text, hub_kind::model);
  std::error_code none;
  return name && std::filesystem::is_directory(hub_cache{detail::hub_cache_folder(), *name}.folder() / "snapshots", none);
}

}  // namespace ease::inline v1
