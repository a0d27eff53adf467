// SPDX-License-Identifier: Apache-2.0
#pragma once
// A model of the hub as a folder on this machine: from the cache without a request where it is there, else downloaded into it.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/hub/download/hub_connection.hpp>
#include <ease/hub/download/hub_download.hpp>
#include <ease/hub/download/hub_listing.hpp>
#include <ease/hub/download/model_files.hpp>
#include <ease/hub/hub_cache.hpp>
#include <ease/hub/hub_name.hpp>
#include <ease/hub/hub_source.hpp>
#include <ease/io/tensors/model_folder.hpp>
#include <exception>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct fetched {
  std::filesystem::path folder;  // the snapshot
  std::string commit;
  std::size_t files{0}, downloaded{0};
  std::uint64_t bytes{0};  // of all files
  std::uint64_t left{0};   // of those that were not asked for: a description's weights
};

struct fetch_options {
  std::size_t parallel{4};  // files at once
  bool refresh{false};      // ask the hub which commit the revision is now, though one is cached
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

// The files that are to be there, several at once. Links them into the snapshot; returns how many were downloaded.
inline std::size_t fetch_files(hub_settings const& settings, hub_name const& name, hub_listing const& all,
                               std::vector<hub_file> const& files, fetch_options const& options) {
  hub_cache const cache{settings.cache, name};
  hub_progress bytes;
  for (auto const& one : files) bytes.total += one.size;
  check_free_space(settings.cache, name, files);
  std::atomic<std::int64_t> done{0};
  std::atomic<std::size_t> next{0}, downloaded{0};
  std::atomic<bool> ended{false};
  std::mutex lock;
  std::condition_variable changed;
  std::exception_ptr first;
  std::size_t running = std::min(std::max<std::size_t>(options.parallel, 1), files.size());
  auto const work = [&] {
    try {
      hub_connection hub{settings};
      for (std::size_t i = 0; (i = next++) < files.size() && !ended;) {
        blob_download one{hub, cache, name, all.commit, files[i], [&](std::int64_t more) {
                            done += more;
                            return !ended.load();
                          }};
        downloaded += one.run() ? 1U : 0U;
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
  return downloaded;
}

}  // namespace detail

// What an offline machine says.
inline hub_refused offline_refusal(hub_name const& name, hub_settings const& settings, std::string const& missing,
                                   std::string const& command) {
  return hub_refused{
      true,
      "{}: {}not in the cache {}, and HF_HUB_OFFLINE says to ask nobody; unset it, or run `{}` where there is a network",
      name.text(),
      missing.empty() ? "" : "its " + missing + " is ",
      settings.cache.string(),
      command};
}

inline fetched fetch_model(hub_name const& name, hub_settings const& settings, fetch_options const& options) {
  if (auto const folder = cached_model(name, settings, options.part); folder && (!options.refresh || settings.offline))
    return {.folder = *folder, .commit = folder->filename().string()};
  hub_cache const cache{settings.cache, name};
  if (settings.offline) {
    auto const half = cache.cached();
    throw offline_refusal(name, settings, half ? missing_of_model(*half, options.part == model_part::whole) : "",
                          "ease fetch " + name.text());
  }
  hub_connection hub{settings};
  auto const all = list_repository(hub, name);
  fetched out{.folder = cache.snapshot(all.commit), .commit = all.commit};
  auto wanted = small_model_files(all.files);
  out.downloaded = detail::fetch_files(settings, name, all, wanted, options);
  auto const weights = weight_files(all.files, out.folder, name);
  bool const whole = options.part == model_part::whole || std::filesystem::exists(out.folder / "adapter_config.json");
  for (auto const& one : weights)
    if (std::error_code none; !whole && !std::filesystem::exists(cache.blob(one.etag), none)) out.left += one.size;
  if (whole) {
    out.downloaded += detail::fetch_files(settings, name, all, weights, options);
    wanted.insert(wanted.end(), weights.begin(), weights.end());
  }
  cache.remember(all.commit);
  out.files = wanted.size();
  for (auto const& one : wanted) out.bytes += one.size;
  return out;
}

}  // namespace ease::inline v1
