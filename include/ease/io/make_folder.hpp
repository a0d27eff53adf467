#pragma once
// A folder and those above it, made where they are not there.
#include <ease/io/error.hpp>
#include <filesystem>
#include <system_error>

namespace ease {

// Throws ease::error that names the folder and what the system says.
inline void make_folder(std::filesystem::path const& path) {
  std::error_code bad;
  if (!path.empty()) std::filesystem::create_directories(path, bad);
  if (bad) throw error{"{}: this folder cannot be made: {}", path.string(), bad.message()};
}

}  // namespace ease
