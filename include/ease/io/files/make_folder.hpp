// SPDX-License-Identifier: Apache-2.0
#pragma once
// A folder and those above it, made where they are not there.
#include <ease/core/compiled.hpp>
#include <filesystem>

namespace ease::inline v1 {

// Throws ease::error that names the folder and what the system says.
void make_folder(std::filesystem::path const& path);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/io/files/make_folder.ipp>
#endif
