// SPDX-License-Identifier: Apache-2.0
#pragma once
// A model of the hub as a folder on this machine: from the cache without a request where it is there, else downloaded into it.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/hub/download/damaged_file.hpp>
#include <ease/hub/download/hub_connection.hpp>
#include <ease/hub/download/hub_download.hpp>
#include <ease/hub/download/hub_listing.hpp>
#include <ease/hub/download/model_files.hpp>
#include <ease/hub/hub_cache.hpp>
#include <ease/hub/hub_name.hpp>
#include <ease/hub/hub_source.hpp>
#include <ease/io/files/make_folder.hpp>
#include <ease/io/tensors/model_folder.hpp>
#include <ease/log/size_text.hpp>
#include <exception>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct fetched {
  std::filesystem::path folder;  // the snapshot
  std::string commit;
  std::size_t files{0}, downloaded{0};
  std::uint64_t bytes{0};            // of all files
  std::uint64_t left{0};             // of those that were not asked for: a description's weights
  std::vector<std::string> notes{};  // what a person should know
  std::size_t mended{0};             // files of the cache that were not what their names say, and were downloaded anew
};

struct fetch_options {
  std::size_t parallel{4};  // files at once
  bool refresh{false};      // ask the hub which commit the revision is now, though one is cached
  bool verify{false};       // compute the hashes of what is there too, and download what is damaged
  model_part part{model_part::whole};
  std::function<void(hub_progress)> progress{};  // called on the calling thread, a few times a second
};

// The files of a model that programs read (model_files.hpp). Throws ease::error: one line with the way out.
fetched fetch_model(hub_name const& name, hub_settings const& settings, fetch_options const& options = {});

// The folder of a cached model, if all of its files are there; asks nobody.
inline std::optional<std::filesystem::path> cached_model(hub_name const& name, hub_settings const& settings,
                                                         model_part part = model_part::whole) {
  auto const folder = hub_cache{settings.cache, name}.cached();
  return folder && missing_of_model(*folder, part == model_part::whole).empty() ? folder : std::nullopt;
}

namespace detail {

// Throws ease::error if what is still to come does not fit on the disk, or the cache cannot be written to.
inline void check_room(hub_settings const& settings, hub_name const& name, std::string const& commit,
                       std::vector<hub_file> const& files) {
  hub_cache const cache{settings.cache, name};
  std::uint64_t wanted = 0;
  std::error_code none;
  for (auto const& one : files) {
    if (std::filesystem::exists(cache.holding(commit, one.path, one.etag), none)) continue;
    auto const there = std::filesystem::file_size(cache.partial(one.etag), none);
    wanted += one.size - (none ? 0 : std::min<std::uint64_t>(there, one.size));
  }
  if (wanted == 0) return;
  make_folder(settings.cache);
  if (::access(settings.cache.c_str(), W_OK | X_OK) != 0)
    throw error{"{}: {} are to be downloaded, and the cache {} cannot be written to: {}; set {} to a folder that can",
                name.text(),
                size_text(wanted),
                settings.cache.string(),
                std::generic_category().message(errno),
                settings.cache_from};
  auto const free = std::filesystem::space(settings.cache, none).available;
  if (!none && wanted > free)
    throw error{"{}: {} are to be downloaded to {}, which has {} free; free some, or set {} to a folder on another disk",
                name.text(),
                size_text(wanted),
                settings.cache.string(),
                size_text(free),
                settings.cache_from};
}

// The files that are to be there, several at once. Links them into the snapshot; counts in `out` what was done.
inline void fetch_files(hub_settings const& settings, hub_name const& name, hub_listing const& all,
                        std::vector<hub_file> const& files, fetch_options const& options, fetched& out) {
  hub_cache const cache{settings.cache, name};
  hub_progress bytes;
  for (auto const& one : files) bytes.total += one.size;
  check_room(settings, name, all.commit, files);
  std::atomic<std::int64_t> done{0};
  std::atomic<std::size_t> next{0}, downloaded{0}, mended{0};
  std::atomic<bool> ended{false};
  std::mutex lock;
  std::condition_variable changed;
  std::exception_ptr first;
  std::size_t running = std::min(std::max<std::size_t>(options.parallel, 1), files.size());
  auto const work = [&] {
    try {
      hub_connection hub{settings};
      for (std::size_t i = 0; (i = next++) < files.size() && !ended;) {
        blob_download one{hub, cache, name, all.commit, files[i], options.verify, [&](std::int64_t more) {
                            done += more;
                            return !ended.load();
                          }};
        downloaded += one.run() ? 1U : 0U;
        mended += one.mended() ? 1U : 0U;
        cache.link(all.commit, files[i].path, files[i].etag);
      }
    } catch (...) {
      std::scoped_lock const held{lock};
      if (!first) first = std::current_exception();
      ended = true;
    }
    std::scoped_lock const held{lock};
    --running;
    changed.notify_all();
  };
  std::vector<std::jthread> workers(running);
  for (auto& one : workers) one = std::jthread{work};
  {
    std::unique_lock held{lock};
    while (!changed.wait_for(held, std::chrono::milliseconds{200}, [&] { return running == 0; })) {
      bytes.done = static_cast<std::uint64_t>(std::max<std::int64_t>(done, 0));
      if (options.progress) options.progress(bytes);
    }
  }
  workers.clear();
  if (first) std::rethrow_exception(first);
  out.downloaded += downloaded;
  out.mended += mended;
}

}  // namespace detail

// What an offline machine says.
inline hub_refused offline_refusal(hub_name const& name, hub_settings const& settings, std::string const& missing,
                                   std::string const& command) {
  return hub_refused{true,
                     "{}: {}not in the cache {}, and {} says to ask nobody; unset it, or run `{}` where there is a network",
                     name.text(),
                     missing.empty() ? "" : "its " + missing + " is ",
                     settings.cache.string(),
                     settings.offline_from,
                     command};
}

// What a person should know of a name that is followed to another.
inline std::string note_of_move(hub_name const& name, hub_listing const& all) {
  return all.moved.empty() ? "" : fmt::format("{}: the hub calls it {} now; write that name", name.text(), all.moved);
}

// Offline, what is damaged cannot be downloaded anew.
inline void refuse_damaged(hub_name const& name, hub_settings const& settings, std::filesystem::path const& snapshot,
                           std::vector<std::filesystem::path> const& files, std::string const& command) {
  if (auto const file = damaged_file(snapshot, files); !file.empty())
    throw error{"{}: {} in the cache is damaged, and {} says to ask nobody; unset it, or run `{}` where there is a network",
                name.text(), printable(file), settings.offline_from, command};
}

inline fetched fetch_model(hub_name const& name, hub_settings const& settings, fetch_options const& options) {
  if (auto const folder = cached_model(name, settings, options.part); folder && (!options.refresh || settings.offline)) {
    std::vector<std::filesystem::path> files;
    for (auto const& one : std::filesystem::directory_iterator{*folder}) files.push_back(one.path());
    if (options.verify) refuse_damaged(name, settings, *folder, files, "ease fetch " + name.text());
    return {.folder = *folder, .commit = folder->filename().string(), .files = files.size()};
  }
  hub_cache const cache{settings.cache, name};
  if (settings.offline) {
    auto const half = cache.cached();
    throw offline_refusal(name, settings, half ? missing_of_model(*half, options.part == model_part::whole) : "",
                          "ease fetch " + name.text());
  }
  hub_connection hub{settings};
  auto const all = list_repository(hub, name);
  fetched out{.folder = cache.snapshot(all.commit), .commit = all.commit};
  if (auto note = note_of_move(name, all); !note.empty()) out.notes.push_back(std::move(note));
  auto wanted = small_model_files(all.files);
  detail::fetch_files(settings, name, all, wanted, options, out);
  auto const weights = weight_files(all.files, out.folder, name);
  bool const whole = options.part == model_part::whole || std::filesystem::exists(out.folder / "adapter_config.json");
  for (auto const& one : weights)
    if (std::error_code none; !whole && !std::filesystem::exists(cache.blob(one.etag), none)) out.left += one.size;
  if (whole) {
    detail::fetch_files(settings, name, all, weights, options, out);
    wanted.insert(wanted.end(), weights.begin(), weights.end());
  }
  cache.remember(all.commit);
  out.files = wanted.size();
  for (auto const& one : wanted) out.bytes += one.size;
  return out;
}

}  // namespace ease::inline v1
