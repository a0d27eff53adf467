// SPDX-License-Identifier: Apache-2.0
#pragma once
// One run works in a folder at a time. The lock is the system's: it goes with the process, however that ends.

#include <ease/core/compiled.hpp>
#include <filesystem>
#include <optional>
#include <string>

namespace ease::inline v1 {

class folder_lock {
 public:
  // Throws ease::error if another process holds it.
  explicit folder_lock(std::filesystem::path const& folder);
  folder_lock(folder_lock const&) = delete;
  folder_lock& operator=(folder_lock const&) = delete;
  ~folder_lock();

  // The process that uses a folder; nullopt if there is none.
  static std::optional<std::string> held_by(std::filesystem::path const& folder);

 private:
  static std::string holder(int file);

  int file_;
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/run/folder/folder_lock.ipp>
#endif
