// SPDX-License-Identifier: Apache-2.0
#pragma once
// The version of the library. It stands here alone: CMake and the programs read it from this file.
#include <string_view>

#define EASE_VERSION_MAJOR 0
#define EASE_VERSION_MINOR 1
#define EASE_VERSION_PATCH 0

#define EASE_VERSION_TEXT_OF(number) #number
#define EASE_VERSION_TEXT(major, minor, patch) \
  EASE_VERSION_TEXT_OF(major) "." EASE_VERSION_TEXT_OF(minor) "." EASE_VERSION_TEXT_OF(patch)

namespace ease::inline v1 {

inline constexpr std::string_view version_text{
    EASE_VERSION_TEXT(EASE_VERSION_MAJOR, EASE_VERSION_MINOR, EASE_VERSION_PATCH)};

}  // namespace ease::inline v1
