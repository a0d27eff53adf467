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
#include <ease/io/paths/lost_file_signal.hpp>

namespace ease::inline v1 {

EASE_INLINE mapped_file::mapped_file(std::filesystem::path const& path, file_mapping how) : path_{path} {
  int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw error{"{}: cannot be opened: {}", path.string(), std::strerror(errno)};
  struct stat about {};
  if (::fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
    ::close(file);
    throw error{"{}: not a regular file", path.string()};
  }
  auto const size = static_cast<std::size_t>(about.st_size);
  // Without a reserve: pages that nobody writes to need no memory of their own, be the file larger than the machine's.
  int const access = how == file_mapping::read_only ? PROT_READ : PROT_READ | PROT_WRITE;
  void* const at = size == 0 ? nullptr : ::mmap(nullptr, size, access, MAP_PRIVATE | MAP_NORESERVE, file, 0);
  int const why = errno;
  ::close(file);
  if (size != 0 && at == MAP_FAILED) throw error{"{}: cannot be mapped: {}", path.string(), std::strerror(why)};
  if (size != 0) {
    owner_ = {at, [size](void* begin) {
                detail::names_of_maps.remove(begin);
                ::munmap(begin, size);
              }};
    detail::names_of_maps.add(at, size, path.string());
  }
  bytes_ = {static_cast<std::byte const*>(at), size};
}

}  // namespace ease::inline v1
