#pragma once
// An append-only file of (key, bytes) records that survives being killed at any instant: what was finished is found again.
// A record that was torn off at the end is cut away when the file is opened; one that is damaged in the middle is passed
// over and costs no other. The last of several records with one key counts. Only one process has a journal open; its threads
// may share it.
// A record is handed to the system at once (a killed process loses none), unless many come in a short time: then they are
// gathered for up to a tenth of a second. sync() makes them survive a power cut too. Non-goal: removing records.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ease/io/error.hpp>
#include <ease/io/journal_scan.hpp>
#include <ease/io/mapped_file.hpp>
#include <ease/record/siphash.hpp>
#include <filesystem>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace ease {

class journal {
 public:
  // Opens or begins the journal. Throws ease::error if another process has it open, or if the file is something else.
  explicit journal(std::filesystem::path path) : path_{std::move(path)} {
    file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file_ < 0) fail("opened");
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
      ::close(std::exchange(file_, -1));
      throw error{"{}: another process is at work on this; wait for it, or write to another place", path_.string()};
    }
    try {
      read_in();
    } catch (...) {
      ::close(std::exchange(file_, -1));
      throw;
    }
  }
  journal(journal const&) = delete;
  journal& operator=(journal const&) = delete;
  ~journal() {
    if (file_ < 0) return;
    try {
      flush();
    } catch (error const&) {  // what did not fit on the disk is done again
    }
    ::close(file_);
  }

  // The payload of the last record with this key.
  std::optional<std::string> find(hash128 const& key) {
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
  bool contains(hash128 const& key) {
    std::scoped_lock const one_at_a_time{access_};
    return places_.contains(key);
  }

  void write(hash128 const& key, std::string_view payload) {
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

  // Everything written so far is on the disk.
  void sync() {
    std::scoped_lock const one_at_a_time{access_};
    flush();
    if (::fdatasync(file_) != 0 && errno != EINVAL && errno != EROFS) fail("written");
  }

  std::size_t records() const {  // with different keys
    std::scoped_lock const one_at_a_time{access_};
    return places_.size();
  }
  std::size_t damaged() const { return damaged_; }      // stretches of the file that were passed over
  siphash_key const& hash_key() const { return key_; }  // of this file alone, drawn when it was begun
  std::filesystem::path const& path() const { return path_; }

 private:
  using clock = std::chrono::steady_clock;
  struct place {
    std::size_t offset;
    std::uint32_t size;
  };

  [[noreturn]] void fail(char const* what) const {
    throw error{"{}: the journal cannot be {}: {}", path_.string(), what, std::strerror(errno)};
  }

  void read_in() {
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

  // A new file, or one whose very head was torn.
  void begin() {
    if (::ftruncate(file_, 0) != 0) fail("shortened");
    std::random_device draw;
    for (auto& word : key_) word = (std::uint64_t{draw()} << 32U) | draw();
    buffer_ = detail::journal_magic;
    for (auto const word : key_) detail::append_number(buffer_, word);
    flush();
  }

  void flush() {
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

  std::filesystem::path path_;
  int file_{-1};
  siphash_key key_{};
  std::unordered_map<hash128, place> places_{};
  std::string buffer_{};  // what is still to be written at end_
  std::size_t end_{0};
  std::size_t damaged_{0};
  std::size_t writes_{0};  // since `since_`
  clock::time_point since_{};
  mutable std::mutex access_{};
};

}  // namespace ease
