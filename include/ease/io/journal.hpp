#pragma once
// An append-only file of (key, bytes) records that survives being killed at any instant: what was finished is found again.
//   file     16 bytes "ease journal 1\n\0", 16 bytes of hash key, then records
//   record   "EJR1", payload bytes (u32), CRC-32 of the payload behind the key (u32), CRC-32 of these 12 bytes (u32),
//            128-bit key, payload; little-endian
// A record that was torn off at the end is cut away when the file is opened; one that is damaged in the middle is passed
// over and costs no other. The last of several records with one key counts. Only one process has a journal open; its threads
// may share it.
// A record is handed to the system at once (a killed process loses none), unless many come in a short time: then they are
// gathered for up to a tenth of a second. sync() makes them survive a power cut too. Non-goal: removing records.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ease/io/error.hpp>
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

namespace detail {

inline constexpr std::string_view journal_magic{"ease journal 1\n", 16};
inline constexpr std::size_t journal_head = 32;  // magic and hash key
inline constexpr std::string_view record_mark{"EJR1"};
inline constexpr std::size_t record_head = 32;  // mark, size, two checksums, key

inline std::uint32_t crc(std::string_view bytes, std::uint32_t before = 0) {
  if (bytes.empty()) return before;  // zlib takes a null pointer for a new beginning
  return static_cast<std::uint32_t>(::crc32_z(before, reinterpret_cast<Bytef const*>(bytes.data()), bytes.size()));
}
template <class Number>
Number number_at(std::string_view bytes, std::size_t at) {
  Number n;
  std::memcpy(&n, bytes.data() + at, sizeof n);
  return n;
}
template <class Number>
void append_number(std::string& to, Number n) {
  to.append(reinterpret_cast<char const*>(&n), sizeof n);
}

// The payload's size, if a whole and undamaged record stands at `at`.
inline std::optional<std::uint32_t> whole_record(std::string_view bytes, std::size_t at) {
  if (bytes.size() - at < record_head || bytes.substr(at, record_mark.size()) != record_mark) return std::nullopt;
  if (crc(bytes.substr(at, 12)) != number_at<std::uint32_t>(bytes, at + 12)) return std::nullopt;
  auto const size = number_at<std::uint32_t>(bytes, at + 4);
  if (size > bytes.size() - at - record_head) return std::nullopt;
  if (crc(bytes.substr(at + 16, 16 + std::size_t{size})) != number_at<std::uint32_t>(bytes, at + 8)) return std::nullopt;
  return size;
}

}  // namespace detail

struct journal_scan {
  bool ours{false};        // the head is that of a journal
  std::size_t records{0};  // whole ones
  std::size_t damaged{0};  // stretches between them that are none
  std::size_t end{0};      // where the last whole record (or the head) ends: what follows is torn
};

// Calls each(key, offset of the payload, its size) for the whole records of a journal's bytes, whatever the bytes are.
template <class Each>
journal_scan scan_journal(std::string_view bytes, Each&& each) {
  journal_scan found;
  found.ours = bytes.size() >= detail::journal_head && bytes.starts_with(detail::journal_magic);
  if (!found.ours) return found;
  found.end = detail::journal_head;
  for (std::size_t at = found.end; at < bytes.size();) {
    if (auto const size = detail::whole_record(bytes, at)) {
      found.damaged += at > found.end ? 1U : 0U;
      hash128 const key{detail::number_at<std::uint64_t>(bytes, at + 16), detail::number_at<std::uint64_t>(bytes, at + 24)};
      each(key, at + detail::record_head, *size);
      ++found.records;
      at += detail::record_head + *size;
      found.end = at;
    } else {
      at = std::min(bytes.find(detail::record_mark, at + 1), bytes.size());
    }
  }
  return found;
}

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
      throw error{"{}: not a journal of this version of ease; remove it, or start over with --fresh", path_.string()};
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
