// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/paths/leftovers.hpp; core/compiled.hpp says where they are compiled.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <ease/io/paths/leftovers.hpp>
#include <system_error>
#include <vector>

namespace ease::inline v1 {

namespace detail::unfinished {

namespace fs = std::filesystem;

inline fs::path folder_of(fs::path const& place) {
  auto above = place.parent_path();
  return above.empty() ? fs::path{"."} : above;
}

// File systems that one machine alone writes to (numbers of linux/magic.h and of ZFS): ext, XFS, Btrfs, tmpfs, overlayfs, F2FS,
// ZFS, bcachefs.
inline bool is_of_this_machine(fs::path const& folder) {
  constexpr std::array<unsigned long, 8> local{0xEF53,     0x58465342, 0x9123683E, 0x01021994,
                                               0x794C7630, 0xF2F52010, 0x2FC12FC1, 0xCA451A4E};
  struct statfs about {};
  return ::statfs(folder.c_str(), &about) == 0 &&
         std::ranges::find(local, static_cast<unsigned long>(about.f_type) & 0xFFFFFFFFUL) != local.end();
}

// The process that a name says, if it is one that this header gives; else 0.
inline ::pid_t writer_in(std::string_view name, std::string_view begin, std::string_view suffix) {
  if (!name.starts_with(begin)) return 0;
  name.remove_prefix(begin.size());
  ::pid_t writer{0};
  auto const [end, bad] = std::from_chars(name.data(), name.data() + name.size(), writer);
  if (bad != std::errc{} || writer <= 0) return 0;
  name.remove_prefix(static_cast<std::size_t>(end - name.data()));
  if (!suffix.empty()) return name == suffix ? writer : 0;
  bool const counted = name.size() > 1 && name.front() == '.' && name.find_first_not_of("0123456789", 1) == name.npos;
  return counted ? writer : 0;
}

// Whether it is a file, or a folder of nothing but files, that nobody holds.
inline bool is_left(fs::path const& path, bool is_folder) {
  struct stat about {};
  if (::lstat(path.c_str(), &about) != 0 || about.st_uid != ::geteuid()) return false;
  if (is_folder ? !S_ISDIR(about.st_mode) : !S_ISREG(about.st_mode)) return false;
  std::error_code bad;
  if (is_folder)
    for (auto const& one : fs::directory_iterator{path, bad})
      if (one.is_directory(bad) && !one.is_symlink(bad)) return false;
  int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (bad || file < 0) return false;
  bool const free = ::flock(file, LOCK_EX | LOCK_NB) == 0;
  ::close(file);
  return free;
}

EASE_INLINE std::string name_of(fs::path const& place, std::string_view suffix) {
  return fmt::format(".{}.{}{}", place.filename().string(), ::getpid(), suffix);
}

EASE_INLINE void hold(int descriptor) { (void)::flock(descriptor, LOCK_SH | LOCK_NB); }  // not every file system has locks

EASE_INLINE void remove_left(fs::path const& place, std::string_view suffix) {
  auto const folder = folder_of(place);
  auto const begin = fmt::format(".{}.", place.filename().string());
  std::error_code bad;
  std::vector<fs::path> left;
  for (auto const& one : fs::directory_iterator{folder, bad}) {
    auto const writer = writer_in(one.path().filename().string(), begin, suffix);
    if (writer != 0 && ::kill(writer, 0) != 0 && errno == ESRCH) left.push_back(one.path());
  }
  if (left.empty() || !is_of_this_machine(folder)) return;
  for (auto const& one : left)
    if (is_left(one, !suffix.empty())) fs::remove_all(one, bad);
}

}  // namespace detail::unfinished

}  // namespace ease::inline v1
