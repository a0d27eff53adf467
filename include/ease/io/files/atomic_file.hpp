// SPDX-License-Identifier: Apache-2.0
#pragma once
// A file that is written whole or not at all: a temporary file in the same folder, then fsync, rename, fsync of the folder.
// Without commit() the old file stays as it was and the temporary one is removed; what
// a killed process left of it is removed by the next that writes the file. What is not a regular file (a pipe,
// /dev/stdout) is written to directly.

#include <cstddef>
#include <ease/core/compiled.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace ease::inline v1 {

class atomic_file {
 public:
  // Throws ease::error if the folder is missing or cannot be written to, or if the path is a folder itself.
  explicit atomic_file(std::filesystem::path path);
  atomic_file(atomic_file const&) = delete;
  atomic_file& operator=(atomic_file const&) = delete;
  ~atomic_file() { discard(); }

  void write(std::string_view bytes);

  // Makes the file appear under its name, with all that was written. Nothing can be written after it.
  void commit();

  std::filesystem::path const& path() const { return path_; }

 private:
  static constexpr std::size_t buffer_size = 1U << 18U;

  static std::filesystem::path folder_of(std::filesystem::path const& path);
  void open_temporary(std::filesystem::path const& folder);

  [[noreturn]] void fail(int code);
  void discard() noexcept;
  void flush();
  void write_through(std::string_view bytes);

  std::string shown_;
  std::filesystem::path path_;
  std::string temporary_{};
  std::string buffer_{};
  int file_{-1};
};

// A whole small file.
void write_atomically(std::filesystem::path const& path, std::string_view text);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/io/files/atomic_file.ipp>
#endif
