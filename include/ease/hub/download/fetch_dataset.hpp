// SPDX-License-Identifier: Apache-2.0
#pragma once
// A split of a data set of the hub, or files that its name spells, as files on this machine: from the cache without a request where they are there, else
// downloaded into it; no other file of the repository is. The card and the names of all files decide which (dataset_files.hpp), so
// the list of them is kept (kept_listing.hpp). Where none of the files is of rows, the copy as Parquet is taken that the hub has
// made of them (parquet_copy.hpp).
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/hub/dataset/dataset_files.hpp>
#include <ease/hub/dataset/parquet_copy.hpp>
#include <ease/hub/download/fetch.hpp>
#include <ease/hub/download/hub_listing.hpp>
#include <ease/hub/download/kept_listing.hpp>
#include <ease/hub/hub_cache.hpp>
#include <ease/hub/hub_source.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct fetched_rows {
  hub_rows rows;
  fetched got;
  std::vector<std::string> notes{};  // what a person should know
};

// Throws ease::error: one line with the way out.
fetched_rows fetch_dataset(hub_name const& name, hub_settings const& settings, fetch_options const& options = {});

namespace detail::dataset_fetch {

namespace fs = std::filesystem;

inline constexpr std::string_view card_file{"README.md"};
inline constexpr std::string_view yaml_file{".huggingface.yaml"};

// Those that are in the snapshot.
inline std::vector<std::string> files_there(fs::path const& snapshot) {
  std::vector<std::string> out;
  std::error_code bad;
  for (fs::recursive_directory_iterator at{snapshot, bad}, end; at != end; at.increment(bad))
    if (at->is_regular_file(bad)) out.push_back(at->path().lexically_relative(snapshot).generic_string());
  return out;
}

inline std::string text_of(fs::path const& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

// By the cards in the snapshot.
inline dataset_choice choice_in(fs::path const& snapshot, hub_name const& name, std::vector<std::string> const& paths) {
  if (!name.path.empty()) return {.config = {}, .split = {}, .files = choose_paths(name, paths)};
  if (name.revision == parquet_copy) return choose_of_parquet_copy(name, paths);
  std::error_code none;
  auto const at = fmt::format("{}: {}", name.id(), card_file);
  std::vector<dataset_config> configs;
  if (fs::is_regular_file(snapshot / yaml_file, none))
    configs = dataset_configs_in(text_of(snapshot / yaml_file), fmt::format("{}: {}", name.id(), yaml_file));
  if (configs.empty() && fs::is_regular_file(snapshot / card_file, none))
    configs = dataset_configs(text_of(snapshot / card_file), at);
  return choose_files(name, configs, paths);
}

inline constexpr std::size_t short_commit = 12;  // digits, for messages; a name may be said with them where it is cached

inline fetched_rows result(hub_name const& name, fs::path const& snapshot, dataset_choice choice) {
  fetched_rows out;
  auto const commit = snapshot.filename().string();
  auto at_commit = name;
  at_commit.revision = commit, at_commit.config = choice.config, at_commit.split = choice.split;
  out.rows.name = at_commit.text();
  for (auto const& one : choice.files) {
    out.rows.files.push_back(snapshot / one);
    out.rows.shown.push_back(fmt::format("{}@{}: {}", name.id(), commit.substr(0, short_commit), one));
  }
  out.got = {.folder = snapshot, .commit = commit, .files = choice.files.size()};
  out.notes = std::move(choice.notes);
  return out;
}

// What brings it.
inline std::string command_for(hub_name const& name) {
  bool const says_itself = !name.path.empty() || name.kind == hub_kind::model;
  return (says_itself ? "ease fetch " : "ease fetch --dataset ") + name.text();
}

// Without a request; nothing where a file is missing, or which files there are is not known.
inline std::optional<fetched_rows> cached(hub_name const& name, hub_settings const& settings) {
  hub_cache const cache{settings.cache, name};
  auto const snapshot = cache.cached();
  if (!snapshot) return std::nullopt;
  auto const known = kept_listing(cache, snapshot->filename().string());
  std::error_code none;
  auto const there = [&](auto const& path) { return fs::is_regular_file(*snapshot / path, none); };
  if (!name.path.empty() && there(name.path))
    return result(name, *snapshot, {.config = {}, .split = {}, .files = {name.path}});
  if (!known && !settings.offline) return std::nullopt;
  if (known && name.path.empty())
    for (auto const card : {card_file, yaml_file})
      if (std::ranges::find(*known, card) != known->end() && !there(card)) return std::nullopt;
  dataset_choice choice;
  try {
    choice = choice_in(*snapshot, name, known ? *known : files_there(*snapshot));
  } catch (shard_missing const& lacking) {
    if (known) throw;
    throw offline_refusal(name, settings, lacking.path, command_for(name));
  }
  if (!std::ranges::all_of(choice.files, there)) return std::nullopt;
  if (!known)
    choice.notes.push_back(
        fmt::format("{}: offline, so the files that are cached decide which are its split {}", name.text(), choice.split));
  return result(name, *snapshot, std::move(choice));
}

inline std::vector<hub_file> some_of(hub_listing const& all, auto&& wanted) {
  std::vector<hub_file> out;
  std::ranges::copy_if(all.files, std::back_inserter(out), wanted);
  return out;
}

// The split's own files, of the revision that the name says.
inline fetched_rows fetch_own(hub_name const& name, hub_settings const& settings, fetch_options const& options) {
  if (!options.refresh || settings.offline)
    if (auto found = cached(name, settings)) {
      if (options.verify) refuse_damaged(name, settings, found->got.folder, found->rows.files, command_for(name));
      return *std::move(found);
    }
  if (settings.offline) throw offline_refusal(name, settings, "", command_for(name));
  hub_cache const cache{settings.cache, name};
  hub_connection hub{settings};
  auto const all = list_repository(hub, name);
  auto const cards = some_of(
      all, [&](hub_file const& one) { return name.path.empty() && (one.path == card_file || one.path == yaml_file); });
  fetched got;
  detail::fetch_files(settings, name, all, cards, options, got);
  std::vector<std::string> paths;
  for (auto const& one : all.files) paths.push_back(one.path);
  dataset_choice choice;
  try {
    choice = choice_in(cache.snapshot(all.commit), name, paths);
  } catch (no_row_files const&) {  // which needs not be asked for again
    if (!kept_listing(cache, all.commit)) keep_listing(cache, all);
    cache.remember(all.commit);
    throw;
  }
  auto out = result(name, cache.snapshot(all.commit), std::move(choice));
  auto const wanted = some_of(all, [&](hub_file const& one) {
    return std::ranges::find(out.rows.files, out.got.folder / one.path) != out.rows.files.end();
  });
  if (auto note = note_of_move(name, all); !note.empty()) out.notes.push_back(std::move(note));
  std::uint64_t bytes = 0;
  for (auto const& one : wanted) bytes += one.size;
  constexpr std::uint64_t most_for_a_plan = 500'000'000;
  if (descriptions_only::wanted() && bytes > most_for_a_plan)
    throw error{"{}: a plan reads the rows, and {} of them are to be downloaded first: {}", name.text(), size_text(bytes),
                command_for(name)};
  detail::fetch_files(settings, name, all, wanted, options, got);
  if (!kept_listing(cache, all.commit)) keep_listing(cache, all);
  cache.remember(all.commit);
  out.got.downloaded = got.downloaded, out.got.mended = got.mended;
  out.got.bytes = bytes;
  return out;
}

}  // namespace detail::dataset_fetch

inline fetched_rows fetch_dataset(hub_name const& name, hub_settings const& settings, fetch_options const& options) {
  using namespace detail::dataset_fetch;
  try {
    return fetch_own(name, settings, options);
  } catch (no_row_files const& why) {
    bool const has_copy = name.revision == hub_name{}.revision && name.path.empty();  // the hub converts its main branch
    if (!has_copy) throw;
    auto copy = name;
    copy.revision = parquet_copy;
    (void)parquet_for(fmt::format("{}; of the hub's copy", why.what()));
    auto const neither = [&](error const& problem) {
      return error{"{}; and the hub's copy as Parquet cannot be had: {}", why.what(), problem.what()};
    };
    try {
      auto out = fetch_own(copy, settings, options);
      copy.config.clear(), copy.split.clear();
      out.notes.push_back(
          fmt::format("{}: its own files are not of rows; the copy as Parquet is read that the hub has made of them, {}",
                      name.text(), copy.text()));
      return out;
    } catch (hub_refused const& problem) {
      throw neither(problem);
    } catch (no_row_files const& problem) {  // the branch is there, and empty
      throw neither(problem);
    }
  }
}

// As fetch_model, for a name that a user gave as a model's: where the hub knows it as a data set alone, that is said.
inline fetched fetch_model_alone(hub_name const& name, hub_settings const& settings, fetch_options const& options) {
  try {
    return fetch_model(name, settings, options);
  } catch (hub_refused const& problem) {
    if (!problem.unknown || settings.offline) throw;
    auto other = name;
    other.kind = hub_kind::dataset;
    bool there = false;
    try {
      hub_connection hub{settings};
      (void)list_repository(hub, other);
      there = true;
    } catch (error const&) {  // no data set either: the first answer stands
    }
    if (there) throw hub_refused{false, "{0}: it is a data set; add --dataset: ease fetch --dataset {0}", name.text()};
    throw;
  }
}

}  // namespace ease::inline v1
