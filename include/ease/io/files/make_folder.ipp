// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/files/make_folder.hpp; core/compiled.hpp says where they are compiled.
#include <ease/core/error.hpp>
#include <ease/io/files/make_folder.hpp>
#include <system_error>

namespace ease::inline v1 {

EASE_INLINE void make_folder(std::filesystem::path const& path) {
  std::error_code bad;
  if (!path.empty()) std::filesystem::create_directories(path, bad);
  if (bad) throw error{"{}: this folder cannot be made: {}", path.string(), bad.message()};
}

}  // namespace ease::inline v1
