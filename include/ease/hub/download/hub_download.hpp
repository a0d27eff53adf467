// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files of the hub into the cache. A download that broke goes on where it was, in a later process too; two processes that want
// the same file fetch it once; a file is whole and has its hash, or it is not there.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/core/stop_signals.hpp>
#include <ease/hub/download/digest.hpp>
#include <ease/hub/download/hub_connection.hpp>
#include <ease/hub/download/hub_listing.hpp>
#include <ease/hub/download/hub_refusal.hpp>
#include <ease/hub/hub_cache.hpp>
#include <ease/hub/hub_name.hpp>
#include <ease/log/size_text.hpp>
#include <exception>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct hub_progress {
  std::uint64_t done{0}, total{0};  // bytes, those that were there already included
};

namespace detail {

// A file that is open; closed with it.
class open_file {
 public:
  open_file(std::filesystem::path const& path, int flags) : file_{::open(path.c_str(), flags | O_CLOEXEC, 0666)} {
    if (file_ < 0) throw error{"{}: cannot be opened: {}", path.string(), std::strerror(errno)};
  }
  open_file(open_file const&) = delete;
  open_file& operator=(open_file const&) = delete;
  ~open_file() { ::close(file_); }
  int get() const { return file_; }

 private:
  int file_;
};

// The lock of huggingface_hub's `filelock` on the same file: one process downloads, the others wait and find it done.
class file_lock {
 public:
  explicit file_lock(std::filesystem::path const& path) : file_{path, O_RDWR | O_CREAT} {
    while (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR)
        throw error{"{}: cannot be locked: {}", path.string(), std::strerror(errno)};
      stop_if_asked();
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
  }

 private:
  open_file file_;
};

}  // namespace detail

// Downloads one file into the cache unless it is there. `more` is told of each piece of its bytes, and takes them back
// (a negative number) where a download starts over; false from it ends the download. Throws ease::error.
class blob_download {
 public:
  using on_bytes = std::function<bool(std::int64_t)>;

  // `verify`: whether what is there is trusted by its size, or its hash is computed.
  blob_download(hub_connection& hub, hub_cache const& cache, hub_name const& name, std::string const& commit,
                hub_file const& wanted, bool verify, on_bytes more)
      : hub_{&hub},
        cache_{&cache},
        name_{&name},
        commit_{commit},
        wanted_{&wanted},
        verify_{verify},
        more_{std::move(more)} {
    url_ = fmt::format("/{}{}/resolve/{}/{}", name.kind == hub_kind::model ? "" : "datasets/", name.id(), commit,
                       detail::escaped_path(wanted.path));
  }

  // Whether anything was downloaded.
  bool run();
  // Whether what was there was not the file, so that it was downloaded anew.
  bool mended() const { return mended_; }

 private:
  // Whether the file is there, whole.
  bool there() {
    std::error_code none;
    auto const file = cache_->holding(commit_, wanted_->path, wanted_->etag);
    if (!std::filesystem::exists(file, none)) return false;
    bool const sound = std::filesystem::file_size(file, none) == wanted_->size && !none &&
                       (!verify_ || digest_of(file, wanted_->kind) == wanted_->etag);
    mended_ = !sound;
    if (sound) more_(static_cast<std::int64_t>(wanted_->size));
    return sound;
  }
  template <class... Args>
  error wrong(fmt::format_string<Args...> form, Args&&... args) const {
    return error{"{}: {}: {}", name_->text(), printable(wanted_->path), fmt::format(form, std::forward<Args>(args)...)};
  }
  void start_over(int file);
  void fetch(std::filesystem::path const& partial);
  void begin(int file, bool from_offset);  // the first piece of an answer comes
  void write(int file, std::string_view piece);

  hub_connection* hub_;
  hub_cache const* cache_;
  hub_name const* name_;
  std::string commit_;
  hub_file const* wanted_;
  bool verify_;
  on_bytes more_;
  std::string url_;
  std::uint64_t have_{0};
  std::string failed_{};  // why nothing more can be written
  bool too_long_{false}, mended_{false};
};

inline bool blob_download::run() {
  if (there()) return false;
  auto const final_path = cache_->blob(wanted_->etag);
  make_folder(final_path.parent_path());
  make_folder(cache_->lock_of(wanted_->etag).parent_path());
  detail::file_lock const alone{cache_->lock_of(wanted_->etag)};
  if (there()) return false;
  auto const partial = cache_->partial(wanted_->etag);
  for (int attempt = 0;; ++attempt) {
    fetch(partial);
    if (digest_of(partial, wanted_->kind) == wanted_->etag) break;
    std::filesystem::remove(partial);
    more_(-static_cast<std::int64_t>(std::exchange(have_, 0)));
    if (attempt > 0)
      throw wrong("it came with another hash than the hub lists, twice; something between here and {} changes it",
                  hub_->settings().endpoint);
  }
  std::error_code problem;
  std::filesystem::rename(partial, final_path, problem);
  if (problem) throw wrong("it cannot be put into {}: {}", final_path.parent_path().string(), problem.message());
  return true;
}

// What came so far is not the file's beginning.
inline void blob_download::start_over(int file) {
  if (::ftruncate(file, 0) != 0) failed_ = std::strerror(errno);
  more_(-static_cast<std::int64_t>(std::exchange(have_, 0)));
}

inline void blob_download::fetch(std::filesystem::path const& partial) {
  detail::open_file const file{partial, O_RDWR | O_CREAT};
  auto const end = ::lseek(file.get(), 0, SEEK_END);
  have_ = end > 0 ? static_cast<std::uint64_t>(end) : 0;
  more_(static_cast<std::int64_t>(have_));
  if (have_ > wanted_->size) start_over(file.get());  // of another version
  back_off waits{retry_policy{.tries = 6, .longest_asked_wait = detail::longest_asked_wait}};
  bool asked_anew = false;
  auto furthest = have_;
  for (int tries = 1; have_ < wanted_->size && failed_.empty(); ++tries) {
    bool begun = false;
    auto const reply = hub_->get(url_, have_, [&](std::string_view piece, bool from_offset) {
      if (!std::exchange(begun, true)) begin(file.get(), from_offset);
      if (failed_.empty()) write(file.get(), piece);
      return failed_.empty();
    });
    if (!failed_.empty() || have_ == wanted_->size) break;
    constexpr long no_such_part = 416;
    bool const no_more = reply.status == no_such_part && have_ > 0;
    bool const ended = no_more || reply.status == 200 || reply.status == 206;
    auto const too_short = [&] {
      return wrong(
          "it ends after {}, and the hub lists {}; try again later, or ask the hub itself if HF_ENDPOINT names another "
          "server",
          size_text(have_), size_text(wanted_->size));
    };
    // The server says that this is all, or has another part: once more from the beginning.
    if (no_more && std::exchange(asked_anew, true)) throw too_short();
    if (no_more || reply.misplaced)
      start_over(file.get());
    else if (reply.status != 0 && !reply.transient && !ended)
      throw hub_refusal(*hub_, *name_, reply, wanted_->path);
    if (have_ > furthest) tries = 1, furthest = have_;  // it goes on; only tries that bring nothing new count
    auto const wait = waits.wait(tries, reply.retry_after);
    if (!wait && ended) throw too_short();
    if (!wait) throw hub_refusal(*hub_, *name_, reply, wanted_->path);
    detail::wait_for(*wait);
  }
  if (too_long_) {
    std::error_code none;
    std::filesystem::remove(partial, none);
  }
  if (!failed_.empty()) throw wrong("{}", failed_);
  if (::fsync(file.get()) != 0) throw wrong("it cannot be written: {}", std::strerror(errno));
}

inline void blob_download::begin(int file, bool from_offset) {
  if (!from_offset && have_ > 0) start_over(file);  // the server knows no ranges, and begins at the beginning
  if (::lseek(file, static_cast<off_t>(have_), SEEK_SET) < 0) failed_ = std::strerror(errno);
}

inline void blob_download::write(int file, std::string_view piece) {
  if (piece.size() > wanted_->size - have_) {
    too_long_ = true;
    failed_ = fmt::format(
        "the server sends more than the {} that the hub lists; try again later, or ask the hub itself if HF_ENDPOINT names "
        "another server",
        size_text(wanted_->size));
    return;
  }
  while (!piece.empty() && failed_.empty()) {
    auto const written = ::write(file, piece.data(), piece.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      auto const& s = hub_->settings();
      bool const full = errno == ENOSPC || errno == EDQUOT;
      failed_ = full ? fmt::format(
                           "the disk of {} is full and {} of the file are still to come; what came is kept, and the "
                           "same command goes on from it: free some, or set {} to a folder on another disk",
                           s.cache.string(), size_text(wanted_->size - have_), s.cache_from)
                     : fmt::format("{} cannot be written to: {}", s.cache.string(), std::strerror(errno));
      return;
    }
    have_ += static_cast<std::uint64_t>(written);
    if (!more_(written)) failed_ = "ended, since another file failed";
    piece.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace ease::inline v1
