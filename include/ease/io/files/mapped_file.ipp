// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/files/mapped_file.hpp; core/compiled.hpp says where they are compiled.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ease/core/error.hpp>
#include <ease/io/files/mapped_file.hpp>

namespace ease::inline v1 {

EASE_INLINE mapped_file::mapped_file(std::filesystem::path const& path) : path_{path} {
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

EASE_INLINE mapped_file::~mapped_file() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace ease::inline v1
