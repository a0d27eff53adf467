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
#include <ease/core/stop_signals.hpp>
#include <ease/hub/download/digest.hpp>
#include <ease/hub/download/hub_connection.hpp>
#include <ease/hub/download/hub_listing.hpp>
#include <ease/hub/hub_cache.hpp>
#include <ease/hub/hub_name.hpp>
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

  blob_download(hub_connection& hub, hub_cache const& cache, hub_name const& name, std::string const& commit,
                hub_file const& wanted, on_bytes more)
      : hub_{&hub}, cache_{&cache}, name_{&name}, wanted_{&wanted}, more_{std::move(more)} {
    url_ = fmt::format("/{}{}/resolve/{}/{}", name.kind == hub_kind::model ? "" : "datasets/", name.id(), commit,
                       detail::escaped_path(wanted.path));
  }

  // Whether anything was downloaded.
  bool run();

 private:
  // Whether the file is there, whole.
  bool there() const {
    std::error_code none;
    return std::filesystem::file_size(cache_->blob(wanted_->etag), none) == wanted_->size && !none;
  }
  void fetch(std::filesystem::path const& partial);
  void begin(int file, bool from_offset);  // the first piece of an answer comes
  void write(int file, std::string_view piece);

  hub_connection* hub_;
  hub_cache const* cache_;
  hub_name const* name_;
  hub_file const* wanted_;
  on_bytes more_;
  std::string url_;
  std::uint64_t have_{0};
  std::string failed_{};  // why nothing more can be written
};

inline bool blob_download::run() {
  if (there()) {
    more_(static_cast<std::int64_t>(wanted_->size));
    return false;
  }
  auto const final_path = cache_->blob(wanted_->etag);
  make_folder(final_path.parent_path());
  make_folder(cache_->lock_of(wanted_->etag).parent_path());
  detail::file_lock const alone{cache_->lock_of(wanted_->etag)};
  if (there()) {
    more_(static_cast<std::int64_t>(wanted_->size));
    return false;
  }
  auto const partial = cache_->partial(wanted_->etag);
  for (int attempt = 0;; ++attempt) {
    fetch(partial);
    if (digest_of(partial, wanted_->kind) == wanted_->etag) break;
    std::filesystem::remove(partial);
    more_(-static_cast<std::int64_t>(std::exchange(have_, 0)));
    if (attempt > 0)
      throw error{"{}: {} came with another hash than the hub lists, twice; something between here and {} changes it",
                  name_->text(), wanted_->path, hub_->settings().endpoint};
  }
  std::filesystem::rename(partial, final_path);
  return true;
}

inline void blob_download::fetch(std::filesystem::path const& partial) {
  detail::open_file const file{partial, O_RDWR | O_CREAT};
  auto const end = ::lseek(file.get(), 0, SEEK_END);
  have_ = end > 0 ? static_cast<std::uint64_t>(end) : 0;
  if (have_ > wanted_->size) {  // of another version
    if (::ftruncate(file.get(), 0) != 0) throw error{"{}: cannot be emptied: {}", partial.string(), std::strerror(errno)};
    have_ = 0;
  }
  more_(static_cast<std::int64_t>(have_));
  back_off waits{retry_policy{.tries = 6}};
  for (int tries = 1; have_ < wanted_->size; ++tries) {
    auto const before = have_;
    bool begun = false;
    auto const reply = hub_->get(url_, have_, [&](std::string_view piece, bool from_offset) {
      if (!std::exchange(begun, true)) begin(file.get(), from_offset);
      if (failed_.empty()) write(file.get(), piece);
      return failed_.empty();
    });
    if (!failed_.empty()) throw error{"{}: {}", partial.string(), failed_};
    if (have_ == wanted_->size) break;
    if (reply.status != 0 && reply.status != 200 && reply.status != 206 && !reply.transient)
      throw hub_refusal(*hub_, *name_, reply);
    if (have_ > before) tries = 1;  // it goes on; only tries that bring nothing count
    auto const wait = waits.wait(tries);
    if (!wait) throw hub_refusal(*hub_, *name_, reply);
    std::this_thread::sleep_for(*wait);
    stop_if_asked();
  }
  if (::fsync(file.get()) != 0) throw error{"{}: cannot be written: {}", partial.string(), std::strerror(errno)};
}

inline void blob_download::begin(int file, bool from_offset) {
  if (!from_offset && have_ > 0) {  // the server knows no ranges, and begins at the beginning
    if (::ftruncate(file, 0) != 0) failed_ = std::strerror(errno);
    more_(-static_cast<std::int64_t>(std::exchange(have_, 0)));
  }
  if (::lseek(file, static_cast<off_t>(have_), SEEK_SET) < 0) failed_ = std::strerror(errno);
}

inline void blob_download::write(int file, std::string_view piece) {
  if (piece.size() > wanted_->size - have_) {
    failed_ = "the server sent more bytes than the hub lists";
    return;
  }
  while (!piece.empty() && failed_.empty()) {
    auto const written = ::write(file, piece.data(), piece.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      failed_ = errno == ENOSPC ? "the disk is full; what is there is kept, and the same command goes on from it"
                                : std::strerror(errno);
      return;
    }
    have_ += static_cast<std::uint64_t>(written);
    if (!more_(written)) failed_ = "ended, since another file failed";
    piece.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace ease::inline v1
