// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a path leads when it is a symbolic link: what is written there must not replace the link.
#include <ease/core/error.hpp>
#include <filesystem>
#include <system_error>
#include <utility>

namespace ease::inline v1 {

// The path itself if it is no link; else what the link, and those behind it, name. Nothing need be there. Throws ease::error if
// links go round in a circle.
inline std::filesystem::path behind_link(std::filesystem::path const& path) {
  namespace fs = std::filesystem;
  auto at = path.has_filename() ? path : path.parent_path();  // "model/" is "model"
  std::error_code bad;
  constexpr int most = 40;  // as many as Linux follows
  for (int links = 0; fs::is_symlink(at, bad); ++links) {
    if (links == most) throw error{"{}: this link leads to itself; name another place", path.string()};
    auto const next = fs::read_symlink(at, bad);
    if (bad) throw error{"{}: this link cannot be read: {}", path.string(), bad.message()};
    at = at.parent_path() / next;  // an absolute one replaces all
    if (!at.has_filename()) at = at.parent_path();
  }
  return at;
}

}  // namespace ease::inline v1
