#pragma once
// A file seen as bytes, read-only, without reading it in: weights are larger than what should be copied twice.
// Non-goals: writing, growing. Truncating a file while it is mapped is undefined here as with every mapping.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <span>
#include <utility>

#include "ease/io/error.hpp"

namespace ease {

class mapped_file {
 public:
  // Throws if `path` is not a regular file that can be read.
  explicit mapped_file(std::filesystem::path const& path) : path_{path} {
    int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) throw error{"{}: cannot be opened: {}", path.string(), std::strerror(errno)};
    struct stat about {};
    if (::fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
      ::close(file);
      throw error{"{}: not a regular file", path.string()};
    }
    auto const size = static_cast<std::size_t>(about.st_size);
    void* const at = size == 0 ? nullptr : ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    int const why = errno;
    ::close(file);
    if (size != 0 && at == MAP_FAILED) throw error{"{}: cannot be mapped: {}", path.string(), std::strerror(why)};
    bytes_ = {static_cast<std::byte const*>(at), size};
  }
  mapped_file(mapped_file&& other) noexcept
      : path_{std::move(other.path_)}, bytes_{std::exchange(other.bytes_, std::span<std::byte const>{})} {}
  mapped_file& operator=(mapped_file&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  mapped_file(mapped_file const&) = delete;
  mapped_file& operator=(mapped_file const&) = delete;
  ~mapped_file() {
    if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  }

  std::span<std::byte const> bytes() const { return bytes_; }
  std::filesystem::path const& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::span<std::byte const> bytes_{};
};

}  // namespace ease
