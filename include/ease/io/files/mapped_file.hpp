// SPDX-License-Identifier: Apache-2.0
#pragma once
// A file seen as bytes without reading it in: weights are larger than what should be copied twice. Non-goals: writing to the
// file, growing. A file that is cut while it is mapped ends the process by SIGBUS, as with every mapping; with
// watch_for_lost_files() (io/paths/lost_file_signal.hpp) by a line that names it.

#include <cstddef>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <filesystem>
#include <memory>
#include <span>
#include <utility>

namespace ease::inline v1 {

// copy_on_write: who owns a part of it (owner()) may write to the bytes; the file stays as it is.
enum class file_mapping : std::uint8_t { read_only, copy_on_write };

class mapped_file {
 public:
  // Throws if `path` is not a regular file that can be read.
  explicit mapped_file(std::filesystem::path const& path, file_mapping how = file_mapping::read_only);
  mapped_file(mapped_file&& other) noexcept
      : path_{std::move(other.path_)},
        owner_{std::move(other.owner_)},
        bytes_{std::exchange(other.bytes_, std::span<std::byte const>{})} {}
  mapped_file& operator=(mapped_file&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(owner_, other.owner_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  mapped_file(mapped_file const&) = delete;
  mapped_file& operator=(mapped_file const&) = delete;
  ~mapped_file() = default;

  std::span<std::byte const> bytes() const { return bytes_; }
  std::filesystem::path const& path() const { return path_; }
  // The bytes stay where they are as long as this is held, also when the object is gone.
  std::shared_ptr<void> const& owner() const { return owner_; }

 private:
  std::filesystem::path path_;
  std::shared_ptr<void> owner_{};
  std::span<std::byte const> bytes_{};
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/io/files/mapped_file.ipp>
#endif
