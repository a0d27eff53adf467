// SPDX-License-Identifier: Apache-2.0
#pragma once
// How downloads go, on stderr: one bar for each name, as fetch_options::progress and hub_downloads_options tell of it.
#include <cstddef>
#include <cstdint>
#include <ease/hub/download/hub_download.hpp>
#include <ease/hub/download/hub_downloads.hpp>
#include <ease/hub/hub_name.hpp>
#include <ease/log/progress.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace ease::inline v1 {

class download_bar {
 public:
  explicit download_bar(bool quiet = false) : quiet_{quiet} {}

  void operator()(hub_name const& name, hub_progress now) {
    if (!bar_ || name_ != name) bar_ = std::make_unique<progress>("fetch " + (name_ = name).text(), 0, "MB", quiet_);
    constexpr std::uint64_t megabyte = 1'000'000;
    bar_->total(static_cast<std::size_t>(now.total / megabyte));
    bar_->at(static_cast<std::size_t>(now.done / megabyte));
  }
  void end() { bar_.reset(); }

 private:
  bool quiet_;
  hub_name name_{};
  std::unique_ptr<progress> bar_{};
};

// A program's downloads (hub_downloads.hpp), with a bar and what `say` is told; nothing of either if `quiet`.
inline hub_downloads_options with_bar(bool quiet, std::function<void(std::string const&)> say) {
  auto bar = std::make_shared<download_bar>(quiet);
  hub_downloads_options out;
  out.progress = [bar](hub_name const& name, hub_progress now) { (*bar)(name, now); };
  out.done = [bar] { bar->end(); };
  if (!quiet) out.say = std::move(say);
  return out;
}

}  // namespace ease::inline v1
