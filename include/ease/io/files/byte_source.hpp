// SPDX-License-Identifier: Apache-2.0
#pragma once
// The bytes of a file, in order, whether it is plain, gzip or zstd (known by its first bytes, not by its name). "-" is the
// standard input. Non-goal: seeking; see io/files/mapped_file.hpp.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ease/core/error.hpp>
#include <ease/io/compress/zstd.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

class byte_source {
 public:
  // Throws ease::error if the path cannot be read: missing, no permission, a folder.
  // `shown`: what errors call the file; empty: its path.
  explicit byte_source(std::filesystem::path const& path, std::string shown = {})
      : path_{path},
        name_{path == "-"     ? "<standard input>"
              : shown.empty() ? path.string()
                              : std::move(shown)} {
    file_ = path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ < 0) fail(errno);
    struct ::stat facts {};
    if (::fstat(file_, &facts) != 0) return;
    if (S_ISDIR(facts.st_mode)) {
      ::close(file_);
      throw error{"{}: cannot read: it is a folder, name a file in it", name_};
    }
    if (S_ISREG(facts.st_mode)) size_ = static_cast<std::size_t>(facts.st_size);
  }
  byte_source(byte_source const&) = delete;
  byte_source& operator=(byte_source const&) = delete;
  ~byte_source() {
    ::close(file_);
    if (inflating_) ::inflateEnd(&gzip_);
  }

  // What errors call the file.
  std::string const& name() const { return name_; }
  std::filesystem::path const& path() const { return path_; }
  // "gzip" or "zstd", once something was read; empty: it is plain.
  std::string_view compression() const { return inflating_ ? "gzip" : zstd_ ? "zstd" : ""; }
  // The fraction of the file's bytes, in [0, 1], that read() has used; 0 for a pipe, whose end is not known.
  double fraction_used() const {
    if (size_ == 0) return 0;
    return std::min(1.0, static_cast<double>(from_file_ - (held_ - taken_)) / static_cast<double>(size_));
  }

  // Reads up to `size` bytes; 0 means the end. Throws on gzip or zstd data that is broken or cut off.
  std::size_t read(char* into, std::size_t size) {
    if (!sniffed_) sniff();
    if (inflating_) return read_gzip(into, size);
    if (zstd_) return read_zstd(into, size);
    if (taken_ < held_) {  // what was sniffed
      auto const count = std::min(size, held_ - taken_);
      std::memcpy(into, compressed_.data() + taken_, count);
      taken_ += count;
      return count;
    }
    return read_file(into, size);
  }

 private:
  [[noreturn]] void fail(int code) const { throw error{"{}: cannot read: {}", name_, std::strerror(code)}; }

  std::size_t read_file(char* into, std::size_t size) {
    for (;;) {
      auto const count = ::read(file_, into, size);
      if (count >= 0) {
        from_file_ += static_cast<std::size_t>(count);
        return static_cast<std::size_t>(count);
      }
      if (errno != EINTR) fail(errno);
    }
  }

  void refill() {
    taken_ = 0;
    held_ = read_file(compressed_.data(), compressed_.size());
  }

  void sniff() {
    sniffed_ = true;
    while (held_ < 4) {  // a pipe may give one byte at a time
      auto const count = read_file(compressed_.data() + held_, compressed_.size() - held_);
      if (count == 0) break;
      held_ += count;
    }
    inflating_ = held_ >= 2 && compressed_[0] == '\x1f' && compressed_[1] == '\x8b';
    if (inflating_ && ::inflateInit2(&gzip_, 15 + 16) != Z_OK) throw error{"{}: cannot start zlib", name_};
    if (zstd_reader::knows({compressed_.data(), held_})) zstd_.emplace(name_, size_);
  }

  std::size_t read_zstd(char* into, std::size_t size) {
    for (;;) {
      if (taken_ == held_) refill();
      if (held_ == 0 && zstd_->at_end()) return 0;
      std::string_view packed{compressed_.data() + taken_, held_ - taken_};
      auto const count = zstd_->read(packed, into, size);
      taken_ = held_ - packed.size();
      if (count > 0) return count;
      if (held_ == 0) zstd_->refuse_cut();
    }
  }

  std::size_t read_gzip(char* into, std::size_t size) {
    gzip_.next_out = reinterpret_cast<Bytef*>(into);
    gzip_.avail_out = static_cast<uInt>(std::min<std::size_t>(size, 1U << 30U));
    auto const wanted = gzip_.avail_out;
    while (gzip_.avail_out == wanted) {
      if (taken_ == held_) refill();
      if (held_ == 0) {
        if (between_members_) return 0;
        throw error{"{}: the gzip file is cut off", name_};
      }
      if (between_members_ && compressed_[taken_] == '\0') {  // padding after the last member
        ++taken_;
        continue;
      }
      between_members_ = false;
      gzip_.next_in = reinterpret_cast<Bytef*>(compressed_.data() + taken_);
      gzip_.avail_in = static_cast<uInt>(held_ - taken_);
      auto const code = ::inflate(&gzip_, Z_NO_FLUSH);
      taken_ = held_ - gzip_.avail_in;
      if (code == Z_STREAM_END) {  // files of several members are usual: `cat a.gz b.gz`
        between_members_ = true;
        ::inflateReset(&gzip_);
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        throw error{"{}: the gzip data is broken", name_};
      }
    }
    return wanted - gzip_.avail_out;
  }

  std::filesystem::path path_;
  std::string name_;
  int file_{-1};
  bool sniffed_{false};
  bool inflating_{false};
  bool between_members_{false};
  ::z_stream gzip_{};
  std::optional<zstd_reader> zstd_{};
  std::vector<char> compressed_ = std::vector<char>(1U << 18U);  // file bytes taken_..held_ are still to be used
  std::size_t taken_{0};
  std::size_t held_{0};
  std::size_t size_{0};  // of the file; 0: not known
  std::size_t from_file_{0};
};

}  // namespace ease::inline v1
