// SPDX-License-Identifier: Apache-2.0
#pragma once
// XXH3-128 of a file's bytes as they stand on the disk, to tell that it is still the same: it finds accidents, not forgers.

#include <ease/core/compiled.hpp>
#include <filesystem>
#include <string>

namespace ease::inline v1 {

// 32 hexadecimal digits, as `xxhsum -H2` prints them. Throws ease::error if the file cannot be read.
std::string file_hash(std::filesystem::path const& path);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/io/files/file_hash.ipp>
#endif
