// SPDX-License-Identifier: Apache-2.0
#pragma once
// A folder that appears whole or not at all: its files are made in a temporary folder next to it, everything is brought to
// the disk, then it gets its name. Without commit() the temporary folder is removed and what stood at the name stays. A symbolic
// link at the name stays: the folder that it names is the one that appears.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <ease/core/error.hpp>
#include <ease/io/paths/behind_link.hpp>
#include <ease/io/paths/leftovers.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace ease::inline v1 {

namespace detail {

// Everything the folder holds, and the folder itself, on the disk.
inline void sync_folder(std::filesystem::path const& folder) {
  auto const sync = [](std::filesystem::path const& path) {
    if (int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC); file >= 0) ::fsync(file), ::close(file);
  };
  for (auto const& item : std::filesystem::directory_iterator{folder}) sync(item.path());
  sync(folder);
}

// `fresh` gets the name `place`; what had it is then called `fresh`. In one step where the file system can.
inline void put_in_place(std::filesystem::path const& fresh, std::filesystem::path const& place) {
  if (!std::filesystem::exists(place)) return std::filesystem::rename(fresh, place);
  if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0) return;
  auto old = fresh;
  old += ".old";
  std::filesystem::rename(place, old);
  std::filesystem::rename(fresh, place);
  std::filesystem::rename(old, fresh);
}

}  // namespace detail

class atomic_folder {
 public:
  // Makes the temporary folder, and those above `place` where they are missing. Throws ease::error if it cannot. What killed
  // processes have left of the same folder is removed.
  explicit atomic_folder(std::filesystem::path const& place)
      : place_{behind_link(place)}, fresh_{place_.parent_path() / detail::unfinished::name_of(place_, unfinished)} {
    guarded([&] {
      if (!place_.parent_path().empty()) std::filesystem::create_directories(place_.parent_path());
      detail::unfinished::remove_left(place_, unfinished);
      if (std::filesystem::exists(place_)) detail::unfinished::remove_left(place_, std::string{unfinished} + ".old");
      std::filesystem::remove_all(fresh_);
      std::filesystem::create_directory(fresh_);
    });
    held_ = ::open(fresh_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (held_ >= 0) detail::unfinished::hold(held_);
  }
  atomic_folder(atomic_folder const&) = delete;
  atomic_folder& operator=(atomic_folder const&) = delete;
  ~atomic_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(fresh_, ignored);
    if (held_ >= 0) ::close(held_);
  }

  // Where to make the files until commit().
  std::filesystem::path operator/(std::string_view name) const { return fresh_ / name; }
  std::filesystem::path const& path() const { return fresh_; }

  void commit() {
    guarded([&] {
      detail::sync_folder(fresh_);
      detail::put_in_place(fresh_, place_);
      auto const above = place_.parent_path();  // the rename itself must survive a crash
      if (int const file = ::open(above.empty() ? "." : above.c_str(), O_RDONLY | O_CLOEXEC); file >= 0)
        ::fsync(file), ::close(file);
    });
  }

  // Whether a name is that of a temporary folder, left by a process that was killed.
  static bool is_unfinished(std::filesystem::path const& folder) {
    auto const name = folder.filename().string();
    return name.starts_with('.') && name.ends_with(unfinished);
  }

 private:
  static constexpr std::string_view unfinished = ".new";

  void guarded(auto&& work) const {
    try {
      work();
    } catch (std::filesystem::filesystem_error const& e) {
      throw error{"{}: cannot be written: {}", place_.string(), e.code().message()};
    }
  }

  std::filesystem::path place_, fresh_;
  int held_{-1};
};

}  // namespace ease::inline v1
