#pragma once
// Writes a safetensors file whole or not at all: beside its place, to the disk, then renamed.
#include <fcntl.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>

#include "ease/io/error.hpp"
#include "ease/io/json_text.hpp"
#include "ease/io/safetensors.hpp"

namespace ease {

// Tensors are laid out in the order given, which should put the wider elements first (alignment). Readers of the
// `transformers` library want metadata to say that the tensors are torch's, so it does. Throws if the disk does not take it.
inline void write_safetensors(std::filesystem::path const& path, std::span<safetensors_entry const> tensors) {
  std::string header = R"({"__metadata__":{"format":"pt"})";
  std::uint64_t offset = 0;
  for (safetensors_entry const& t : tensors) {
    header += ',';
    append_json_string(header, t.name);
    header += fmt::format(R"(:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", t.dtype, fmt::join(t.shape, ","),
                          offset, offset + t.bytes.size());
    offset += t.bytes.size();
  }
  header += '}';
  header.append((8 - header.size() % 8) % 8, ' ');

  auto partial = path;
  partial += fmt::format(".partial-{}", ::getpid());
  int const file = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) throw error{"{}: cannot be written: {}", partial.string(), std::strerror(errno)};
  auto const give_up = [&] {
    int const why = errno;
    ::close(file);
    ::unlink(partial.c_str());
    throw error{"{}: cannot be written: {}", path.string(), std::strerror(why)};
  };
  auto const put = [&](std::byte const* data, std::size_t left) {
    while (left > 0) {
      ssize_t const done = ::write(file, data, std::min(left, std::size_t{1} << 30));
      if (done < 0 && errno != EINTR) give_up();
      if (done > 0) data += done, left -= static_cast<std::size_t>(done);
    }
  };
  std::uint64_t const length = header.size();
  std::byte prefix[sizeof length];
  for (std::size_t i = 0; i < sizeof length; ++i) prefix[i] = static_cast<std::byte>(length >> (8 * i));
  put(prefix, sizeof prefix);
  put(reinterpret_cast<std::byte const*>(header.data()), header.size());
  for (safetensors_entry const& t : tensors) put(t.bytes.data(), t.bytes.size());
  if (::fsync(file) != 0) give_up();
  ::close(file);
  std::filesystem::rename(partial, path);
}

}  // namespace ease
