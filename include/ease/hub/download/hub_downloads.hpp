// SPDX-License-Identifier: Apache-2.0
#pragma once
// A program that takes names of the hub wherever it takes a model or a file of rows: as long as one of these lives, what the cache
// lacks is downloaded when it is first asked for. What is cached makes no request.
//
//     ease::hub_downloads const downloads;
//     auto slm = ease::load_model("HuggingFaceTB/SmolLM2-135M-Instruct");
#include <cstddef>
#include <cstdint>
#include <ease/hub/download/fetch.hpp>
#include <ease/hub/download/fetch_dataset.hpp>
#include <ease/hub/hub_name.hpp>
#include <ease/hub/hub_settings.hpp>
#include <ease/hub/hub_source.hpp>
#include <ease/log/size_text.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

namespace ease::inline v1 {

struct hub_downloads_options {
  std::size_t parallel{4};                                        // files at once
  std::function<void(hub_name const&, hub_progress)> progress{};  // as fetch_options::progress
  std::function<void()> done{};                                   // after a download, however it ended
  std::function<void(std::string const&)> say{};                  // told what a plan leaves to be downloaded
};

class hub_downloads {
 public:
  explicit hub_downloads(hub_downloads_options options = {}) : options_{std::move(options)} {
    before_ = std::exchange(hub_source::of_process(),
                            hub_source{.model = [this](auto const& name, model_part part) { return model(name, part); },
                                       .rows = [this](auto const& name) { return rows(name); },
                                       .say = options_.say});
  }
  hub_downloads(hub_downloads const&) = delete;
  hub_downloads& operator=(hub_downloads const&) = delete;
  ~hub_downloads() { hub_source::of_process() = std::move(before_); }

 private:
  struct ending {
    std::function<void()> const& what;
    ~ending() {
      if (what) what();
    }
  };
  fetch_options how(hub_name const& name) const {
    fetch_options out{.parallel = options_.parallel};
    if (options_.progress) out.progress = [this, name](hub_progress now) { options_.progress(name, now); };
    return out;
  }

  std::filesystem::path model(hub_name const& name, model_part part) {
    std::scoped_lock const held{lock_};
    auto const settings = hub_settings::from_environment();
    auto options = how(name);
    options.part = part;
    ending const end{options_.done};
    if (part != model_part::description || !descriptions_only::wanted())
      return told(name, settings, fetch_model(name, settings, options));
    // A plan asks the hub how much is to come, once, though the description is there.
    if (auto const known = planned_.find(name.text()); known != planned_.end()) return known->second;
    auto const cached = cached_model(name, settings, part);
    options.refresh = true;
    try {
      return planned_.emplace(name.text(), told(name, settings, fetch_model(name, settings, options))).first->second;
    } catch (hub_refused const& problem) {
      if (!cached) throw;
      if (options_.say) options_.say(fmt::format("how large its weights are is not known: {}", problem.what()));
      return planned_.emplace(name.text(), *cached).first->second;
    }
  }
  std::filesystem::path told(hub_name const& name, hub_settings const& settings, fetched const& got) const {
    if (options_.say)
      for (auto const& note : got.notes) options_.say(note);
    // In a plan alone: elsewhere they come next, or are not needed.
    if (got.left > 0 && options_.say && descriptions_only::wanted()) {
      std::error_code none;
      auto const free = std::filesystem::space(settings.cache, none).available;
      options_.say(fmt::format("{}@{}: {} of weights are still to be downloaded to {}, which has {} free", name.id(),
                               got.commit, size_text(got.left), settings.cache.string(), size_text(free)));
    }
    return got.folder;
  }

  // Which files a name means is decided once: what is read, hashed and reported is the same.
  hub_rows rows(hub_name const& name) {
    std::scoped_lock const held{lock_};
    auto const known = rows_.find(name.text());
    if (known != rows_.end()) return known->second;
    ending const end{options_.done};
    auto got = fetch_dataset(name, hub_settings::from_environment(), how(name));
    if (options_.say)
      for (auto const& note : got.notes) options_.say(note);
    return rows_.emplace(name.text(), std::move(got.rows)).first->second;
  }

  hub_downloads_options options_;
  hub_source before_{};
  std::mutex lock_{};
  std::map<std::string, std::filesystem::path> planned_{};
  std::map<std::string, hub_rows> rows_{};
};

}  // namespace ease::inline v1
