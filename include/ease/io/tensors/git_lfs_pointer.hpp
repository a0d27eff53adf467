// SPDX-License-Identifier: Apache-2.0
#pragma once
// A repository that was cloned without Git LFS has a few lines of text in place of each large file:
// https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
#include <ease/core/error.hpp>
#include <ease/io/files/mapped_file.hpp>
#include <string_view>

namespace ease::inline v1 {

inline void refuse_git_lfs_pointer(mapped_file const& file) {
  auto const bytes = file.bytes();
  std::string_view const text{reinterpret_cast<char const*>(bytes.data()), bytes.size()};
  if (text.starts_with("version https://git-lfs.github.com/spec/"))
    throw error{"{}: a Git LFS pointer, not the file itself; get it with: git lfs pull", file.path().string()};
}

}  // namespace ease::inline v1
