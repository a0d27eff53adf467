// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/files/atomic_file.hpp; core/compiled.hpp says where they are compiled.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <ease/core/error.hpp>
#include <ease/io/files/atomic_file.hpp>
#include <ease/io/paths/behind_link.hpp>
#include <ease/io/paths/leftovers.hpp>
#include <system_error>

namespace ease::inline v1 {

EASE_INLINE atomic_file::atomic_file(std::filesystem::path path) : shown_{path.string()}, path_{std::move(path)} {
  // What the shell has sent the output to is written on, not replaced, be it a file.
  if (shown_ == "/dev/stdout" || shown_ == "/dev/stderr") {
    file_ = ::dup(shown_ == "/dev/stdout" ? STDOUT_FILENO : STDERR_FILENO);
    if (file_ < 0) fail(errno);
    return;
  }
  std::error_code ignored;
  path_ = behind_link(path_);  // the link stays, what it points to is replaced
  auto const status = std::filesystem::status(path_, ignored);
  if (std::filesystem::is_directory(status)) throw error{"cannot write {}: it is a folder, name a file in it", shown_};
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    file_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (file_ < 0) fail(errno);
    return;
  }
  auto const folder = folder_of(path_);
  if (!std::filesystem::is_directory(folder, ignored))
    throw error{"cannot write {}: there is no folder {}; make it first", shown_, folder.string()};
  open_temporary(folder);
  if (std::filesystem::exists(status)) ::fchmod(file_, static_cast<::mode_t>(status.permissions()));
}

EASE_INLINE void atomic_file::write(std::string_view bytes) {
  if (buffer_.size() + bytes.size() <= buffer_size) {
    buffer_.append(bytes);
    return;
  }
  flush();
  if (bytes.size() >= buffer_size)
    write_through(bytes);
  else
    buffer_.append(bytes);
}

EASE_INLINE void atomic_file::commit() {
  flush();
  if (temporary_.empty()) {
    ::close(std::exchange(file_, -1));
    return;
  }
  if (::fsync(file_) != 0) fail(errno);
  if (::close(std::exchange(file_, -1)) != 0) fail(errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail(errno);
  temporary_.clear();
  // The rename itself must survive a crash. Some file systems cannot sync a folder; that is not worth failing for.
  if (auto const folder = ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
}

EASE_INLINE std::filesystem::path atomic_file::folder_of(std::filesystem::path const& path) {
  auto folder = path.parent_path();
  return folder.empty() ? std::filesystem::path{"."} : folder;
}

EASE_INLINE void atomic_file::open_temporary(std::filesystem::path const& folder) {
  static std::atomic<unsigned> count{0};
  detail::unfinished::remove_left(path_, "");
  do {
    temporary_ = (folder / detail::unfinished::name_of(path_, fmt::format(".{}", count++))).string();
    file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (file_ < 0 && errno == EEXIST);
  if (file_ >= 0) return detail::unfinished::hold(file_);
  temporary_.clear();
  fail(errno);
}

EASE_INLINE void atomic_file::fail(int code) {
  discard();
  throw error{"cannot write {}: {}", shown_, std::strerror(code)};
}

EASE_INLINE void atomic_file::discard() noexcept {
  if (file_ >= 0) ::close(std::exchange(file_, -1));
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  temporary_.clear();
}

EASE_INLINE void atomic_file::flush() {
  write_through(buffer_);
  buffer_.clear();
}

EASE_INLINE void atomic_file::write_through(std::string_view bytes) {
  if (file_ < 0) throw error{"cannot write {}: it was closed already", shown_};
  while (!bytes.empty()) {
    auto const count = ::write(file_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(errno);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

EASE_INLINE void write_atomically(std::filesystem::path const& path, std::string_view text) {
  atomic_file file{path};
  file.write(text);
  file.commit();
}

}  // namespace ease::inline v1
