// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of run/folder/folder_lock.hpp; core/compiled.hpp says where they are compiled.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <ease/core/error.hpp>
#include <ease/run/folder/folder_lock.hpp>
#include <string_view>
#include <utility>

namespace ease::inline v1 {

EASE_INLINE folder_lock::folder_lock(std::filesystem::path const& folder) {
  auto const path = folder / "lock";
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0) throw error{"cannot write {}: {}", path.string(), std::strerror(errno)};
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    auto const who = holder(file_);
    ::close(file_);
    throw error{"{}: another run{} is active here; wait for it, or name another folder", folder.parent_path().string(),
                who.empty() ? who : " (process " + who + ")"};
  }
  auto const me = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file_, 0) != 0 || ::pwrite(file_, me.data(), me.size(), 0) < 0) {
    // only the holder's number is missing then
  }
}

EASE_INLINE std::optional<std::string> folder_lock::held_by(std::filesystem::path const& folder) {
  int const file = ::open((folder / "lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  bool const free = ::flock(file, LOCK_SH | LOCK_NB) == 0;
  auto who = free ? std::nullopt : std::optional{holder(file)};
  ::close(file);
  return who;
}

EASE_INLINE std::string folder_lock::holder(int file) {
  std::array<char, 32> text{};
  auto const count = ::pread(file, text.data(), text.size(), 0);
  std::string who;
  for (char const c : std::string_view{text.data(), count > 0 ? static_cast<std::size_t>(count) : 0})
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) who += c;
  return who;
}

EASE_INLINE folder_lock::~folder_lock() { ::close(file_); }

}  // namespace ease::inline v1
