// SPDX-License-Identifier: Apache-2.0
#pragma once
// Models of the hub on this machine: the snapshot that a name means, in the cache or brought there.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/hub/hub_cache.hpp>
#include <ease/hub/hub_name.hpp>
#include <ease/hub/hub_settings.hpp>
#include <ease/hub/hub_source.hpp>
#include <ease/io/tensors/model_folder.hpp>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace ease::inline v1::detail::places {

namespace fs = std::filesystem;

inline bool is_there(fs::path const& path) {
  std::error_code bad;
  return fs::exists(path, bad);
}
inline bool is_folder(fs::path const& path) {
  std::error_code bad;
  return fs::is_directory(path, bad);
}
inline fs::path trimmed(fs::path const& path) { return path.has_filename() ? path : path.parent_path(); }

// "models--ORG--NAME" -> "ORG/NAME"; other names stay.
inline std::string hub_name_of(fs::path const& folder) {
  auto name = folder.filename().string();
  if (!name.starts_with("models--")) return name;
  name.erase(0, 8);
  if (auto const at = name.find("--"); at != std::string::npos) name.replace(at, 2, "/");
  return name;
}

inline std::string first_word(fs::path const& file) {
  std::ifstream in{file};
  std::string word;
  in >> word;
  return word;
}

// The snapshot of a model in the hub's cache. `revision`: a branch, a tag or a commit; empty: main.
inline fs::path snapshot_of(fs::path const& cached, std::string const& revision) {
  auto const snapshots = cached / "snapshots";
  auto const wanted = revision.empty() ? std::string{"main"} : revision;
  if (wanted.find("..") == std::string::npos) {
    if (is_folder(snapshots / wanted)) return snapshots / wanted;
    if (auto const commit = first_word(cached / "refs" / wanted); !commit.empty()) {
      if (commit.find('/') == std::string::npos && commit.find("..") == std::string::npos && is_folder(snapshots / commit))
        return snapshots / commit;
      throw error{"{}: refs/{} is {}, and there is no such folder in snapshots; get it with: ease fetch {}", cached.string(),
                  printable(wanted), printable(commit), hub_name_of(cached)};
    }
  }
  std::vector<std::string> all;
  std::error_code bad;
  for (auto const& one : fs::directory_iterator{snapshots, bad})
    if (one.is_directory(bad)) all.push_back(one.path().filename().string());
  std::ranges::sort(all);
  if (revision.empty() && all.size() == 1) return snapshots / all.front();
  if (all.empty())
    throw error{"{}: no snapshot of the model is there; get it with: ease fetch {}", cached.string(), hub_name_of(cached)};
  throw error{"{}: no refs/{}; name one of its snapshots: {}", cached.string(), printable(wanted), fmt::join(all, ", ")};
}

// What a model's reports and cards call a folder: of a snapshot in the hub's cache ORG/NAME@COMMIT, else its own name.
inline std::string title_of(fs::path const& folder) {
  auto const snapshots = folder.parent_path();
  auto const model = snapshots.parent_path();
  if (snapshots.filename() != "snapshots" || !model.filename().string().starts_with("models--"))
    return folder.filename().string();
  return hub_name_of(model) + '@' + folder.filename().string();
}

// The snapshot that the cache has of a model, without a word where it has none.
inline std::optional<fs::path> snapshot_if_there(fs::path const& cached, std::string const& revision) {
  try {
    // With some revision's commit noted, and not this one's, a lone snapshot is that other revision's.
    std::error_code bad;
    if (is_folder(cached / "refs") && !fs::is_empty(cached / "refs", bad) && !is_there(cached / "refs" / revision) &&
        !is_folder(cached / "snapshots" / revision))
      return {};
    if (is_folder(cached / "snapshots")) return snapshot_of(cached, revision == "main" ? "" : revision);
  } catch (error const&) {
  }
  return {};
}

// The GGUF files of a snapshot that has no config.json, by their paths in the repository.
inline std::vector<std::string> gguf_files_alone(fs::path const& snapshot) {
  std::vector<std::string> out;
  std::error_code bad;
  if (is_there(snapshot / "config.json")) return out;
  for (auto const& one : fs::recursive_directory_iterator{snapshot, bad})
    if (one.path().extension() == ".gguf") out.push_back(one.path().lexically_relative(snapshot).string());
  std::ranges::sort(out);
  return out;
}

// Throws for the name of a repository of which the cache has GGUF files and no more: they are named one by one.
inline void refuse_gguf_files_alone(hub_name const& name, fs::path const& snapshot) {
  auto const all = gguf_files_alone(snapshot);
  if (all.empty()) return;
  auto first = name;
  first.path = all.front();
  throw error{"{}: GGUF files alone are in the cache; name one of them, as {}{}", name.text(), first.text(),
              all.size() == 1 ? "" : fmt::format("; there are {}", fmt::join(all, ", "))};
}

// The GGUF file of a repository that an address names (hf://ORG/NAME/FILE.gguf), if the cache has it.
inline fs::path cached_gguf(hub_name const& name, std::string_view said, fs::path const& cached) {
  if (!name.path.ends_with(".gguf"))
    throw error{"{}: a model is its whole repository; write {}, or get a file of it with: ease fetch {}", said, name.id(),
                said};
  if (auto const there = snapshot_if_there(cached, name.revision); there && is_there(*there / name.path))
    return *there / name.path;
  throw error{"{}: the file is not in the hub's cache ({}); get it with: ease fetch {}", said, cached.parent_path().string(),
              said};
}

// A model of the hub: its snapshot in the cache, or brought there, or one GGUF file of it; none where there is none of that name, and nobody to bring it.
// `revision`: where the name says none.
inline std::optional<fs::path> model_of_hub(std::string_view text, std::string const& revision, model_part part) {
  auto name = hub_name_in(text, hub_kind::model);
  if (!name) return {};
  if (name->revision == "main" && is_hub_revision(revision)) name->revision = revision;
  auto const cached = hub_cache_folder() / name->folder();
  if (!name->path.empty()) return cached_gguf(*name, text, cached);
  if (auto const& bring = hub_source::of_process().model; bring && part != model_part::what_is_there) {
    auto const there = snapshot_if_there(cached, name->revision);
    if (descriptions_only::wanted()) part = model_part::description;
    bool const needs_weights =
        part == model_part::whole || descriptions_only::wanted();  // of a plan, to say what is missing
    if (there && missing_of_model(*there, needs_weights).empty()) return there;
    if (!there) refuse_misspelt_path(text, *name);
    try {
      return bring(*name, part);
    } catch (hub_refused const& e) {
      if (there) refuse_gguf_files_alone(*name, *there);
      if (!e.unknown || there) throw;
      throw error{"{}; and no folder of that name is here", e.what()};
    }
  }
  if (!is_folder(cached / "snapshots")) return {};
  auto const there = snapshot_of(cached, name->revision == "main" ? "" : name->revision);
  if (part != model_part::what_is_there) refuse_gguf_files_alone(*name, there);
  return there;
}

}  // namespace ease::inline v1::detail::places
