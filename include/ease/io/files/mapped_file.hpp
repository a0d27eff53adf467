// SPDX-License-Identifier: Apache-2.0
#pragma once
// A file seen as bytes, read-only, without reading it in: weights are larger than what should be copied twice.
// Non-goals: writing, growing. Truncating a file while it is mapped is undefined here as with every mapping.

#include <cstddef>
#include <ease/core/compiled.hpp>
#include <filesystem>
#include <span>
#include <utility>

namespace ease::inline v1 {

class mapped_file {
 public:
  // Throws if `path` is not a regular file that can be read.
  explicit mapped_file(std::filesystem::path const& path);
  mapped_file(mapped_file&& other) noexcept
      : path_{std::move(other.path_)}, bytes_{std::exchange(other.bytes_, std::span<std::byte const>{})} {}
  mapped_file& operator=(mapped_file&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  mapped_file(mapped_file const&) = delete;
  mapped_file& operator=(mapped_file const&) = delete;
  ~mapped_file();

  std::span<std::byte const> bytes() const { return bytes_; }
  std::filesystem::path const& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::span<std::byte const> bytes_{};
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/io/files/mapped_file.ipp>
#endif
