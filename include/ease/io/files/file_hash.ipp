// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/files/file_hash.hpp; core/compiled.hpp says where they are compiled.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ease/core/error.hpp>
#include <ease/core/hash.hpp>
#include <ease/io/files/file_hash.hpp>
#include <vector>

namespace ease::inline v1 {

EASE_INLINE std::string file_hash(std::filesystem::path const& path) {
  int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  auto const fail = [&](int code) -> error { return error{"{}: cannot read: {}", path.string(), std::strerror(code)}; };
  if (file < 0) throw fail(errno);
  std::vector<char> piece(1U << 20U);
  xxh3_stream hash;
  for (;;) {
    auto const count = ::read(file, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      int const code = errno;
      ::close(file);
      throw fail(code);
    }
    if (count == 0) break;
    hash.add({piece.data(), static_cast<std::size_t>(count)});
  }
  ::close(file);
  return hex(hash.value());
}

}  // namespace ease::inline v1
