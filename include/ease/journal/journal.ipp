// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of journal/journal.hpp; core/compiled.hpp says where they are compiled.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ease/core/error.hpp>
#include <ease/io/files/mapped_file.hpp>
#include <ease/journal/journal.hpp>
#include <ease/journal/journal_scan.hpp>
#include <random>
#include <utility>

namespace ease::inline v1 {

EASE_INLINE journal::journal(std::filesystem::path path) : path_{std::move(path)} {
  file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0) fail("opened");
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    ::close(std::exchange(file_, -1));
    throw error{"{}: another process is using this; wait for it, or write to another place", path_.string()};
  }
  try {
    read_in();
  } catch (...) {
    ::close(std::exchange(file_, -1));
    throw;
  }
}

EASE_INLINE journal::~journal() {
  if (file_ < 0) return;
  try {
    flush();
  } catch (error const&) {  // what did not fit on the disk is done again
  }
  ::close(file_);
}

EASE_INLINE std::optional<std::string> journal::find(hash128 const& key) {
  std::scoped_lock const one_at_a_time{access_};
  auto const found = places_.find(key);
  if (found == places_.end()) return std::nullopt;
  auto const [offset, size] = found->second;
  if (offset + size > end_) flush();
  std::string out(size, '\0');
  for (std::size_t got = 0; got < size;) {
    auto const count = ::pread(file_, out.data() + got, size - got, static_cast<::off_t>(offset + got));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail("read");
    got += static_cast<std::size_t>(count);
  }
  return out;
}

EASE_INLINE bool journal::contains(hash128 const& key) {
  std::scoped_lock const one_at_a_time{access_};
  return places_.contains(key);
}

EASE_INLINE void journal::write(hash128 const& key, std::string_view payload) {
  if (payload.size() > UINT32_MAX) throw error{"{}: a record of {} bytes is too large", path_.string(), payload.size()};
  std::scoped_lock const one_at_a_time{access_};
  std::string head;
  detail::append_number(head, key.low);
  detail::append_number(head, key.high);
  auto const sum = detail::crc(payload, detail::crc(head));
  auto const start = buffer_.size();
  buffer_ += detail::record_mark;
  detail::append_number(buffer_, static_cast<std::uint32_t>(payload.size()));
  detail::append_number(buffer_, sum);
  detail::append_number(buffer_, detail::crc(std::string_view{buffer_}.substr(start, 12)));
  buffer_ += head;
  places_[key] = {end_ + buffer_.size(), static_cast<std::uint32_t>(payload.size())};
  buffer_ += payload;
  auto const now = clock::now();
  if (now - since_ > std::chrono::milliseconds{100}) since_ = now, writes_ = 0;
  if (++writes_ <= 64 || buffer_.size() > (1U << 16U)) flush();
}

EASE_INLINE void journal::sync() {
  std::scoped_lock const one_at_a_time{access_};
  flush();
  if (::fdatasync(file_) != 0 && errno != EINVAL && errno != EROFS) fail("written");
}

EASE_INLINE void journal::fail(char const* what) const {
  throw error{"{}: the journal cannot be {}: {}", path_.string(), what, std::strerror(errno)};
}

EASE_INLINE void journal::read_in() {
  mapped_file const whole{path_};
  std::string_view const bytes{reinterpret_cast<char const*>(whole.bytes().data()), whole.bytes().size()};
  auto const head = bytes.substr(0, detail::journal_magic.size());
  if (bytes.size() < detail::journal_head && detail::journal_magic.starts_with(head)) return begin();
  auto const found = scan_journal(bytes, [&](hash128 const& key, std::size_t offset, std::uint32_t size) {
    places_[key] = {offset, size};
  });
  if (!found.ours)
    throw error{"{}: not a journal of this version of ease; remove it, or start over (fresh, --fresh)", path_.string()};
  std::memcpy(key_.data(), bytes.data() + detail::journal_magic.size(), sizeof key_);
  damaged_ = found.damaged;
  end_ = found.end;
  if (end_ < bytes.size() && ::ftruncate(file_, static_cast<::off_t>(end_)) != 0) fail("shortened");
}

EASE_INLINE void journal::begin() {
  if (::ftruncate(file_, 0) != 0) fail("shortened");
  std::random_device draw;
  for (auto& word : key_) word = (std::uint64_t{draw()} << 32U) | draw();
  buffer_ = detail::journal_magic;
  for (auto const word : key_) detail::append_number(buffer_, word);
  flush();
}

EASE_INLINE void journal::flush() {
  std::string_view left = buffer_;
  while (!left.empty()) {
    auto const count = ::pwrite(file_, left.data(), left.size(), static_cast<::off_t>(end_));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      buffer_.erase(0, buffer_.size() - left.size());
      fail("written");
    }
    end_ += static_cast<std::size_t>(count);
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  buffer_.clear();
}

}  // namespace ease::inline v1
