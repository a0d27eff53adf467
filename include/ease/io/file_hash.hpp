#pragma once
// A hash of a file's bytes as they stand on the disk, to tell that it is still the same. The key is public: it finds
// accidents, not forgers.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ease/io/error.hpp>
#include <ease/record/siphash.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ease {

// 32 hexadecimal digits. Throws ease::error if the file cannot be read.
inline std::string file_hash(std::filesystem::path const& path) {
  int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  auto const fail = [&](int code) -> error { return error{"{}: cannot read: {}", path.string(), std::strerror(code)}; };
  if (file < 0) throw fail(errno);
  std::vector<char> piece(1U << 20U);
  siphash_key chain{0, 0};  // each piece's hash is the next one's key
  for (;;) {
    std::size_t held = 0;
    while (held < piece.size()) {
      auto const count = ::read(file, piece.data() + held, piece.size() - held);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        int const code = errno;
        ::close(file);
        throw fail(code);
      }
      if (count == 0) break;
      held += static_cast<std::size_t>(count);
    }
    auto const hash = siphash(chain, {piece.data(), held});
    chain = {hash.low, hash.high};
    if (held < piece.size()) break;
  }
  ::close(file);
  return fmt::format("{:016x}{:016x}", chain[0], chain[1]);
}

}  // namespace ease
