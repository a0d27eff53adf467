// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether the files of a snapshot are what the cache's names say, without asking anybody: a blob is called by the hash of its bytes.
#include <ease/hub/download/digest.hpp>
#include <ease/hub/hub_name.hpp>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace ease::inline v1 {

// The first of `files` of the snapshot whose bytes have another hash than their blob's name; empty: there is none, as far as
// names say it.
inline std::string damaged_file(std::filesystem::path const& snapshot, std::vector<std::filesystem::path> const& files) {
  for (auto const& one : files) {
    std::error_code none;
    auto const named = std::filesystem::read_symlink(one, none).filename().string();
    bool const large = detail::is_sha256(named);
    if (!large && !detail::is_sha1(named)) continue;
    if (digest_of(one, large ? digest_kind::sha256 : digest_kind::git_blob) != named)
      return one.lexically_relative(snapshot).string();
  }
  return {};
}

}  // namespace ease::inline v1
