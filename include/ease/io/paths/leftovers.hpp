// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a killed process leaves beside an output: the file or folder that was to become it, `.NAME.PID` and a suffix. The next
// process that writes that output removes it.
#include <ease/core/compiled.hpp>
#include <filesystem>
#include <string>
#include <string_view>

namespace ease::inline v1 {

namespace detail::unfinished {

// The name of what is to become `place`, in its folder.
std::string name_of(std::filesystem::path const& place, std::string_view suffix);

// Held while it is written, on its descriptor: a process in another container has another number, and the lock says that it lives.
void hold(int descriptor);

// Removes what processes that no longer live have left beside `place`: those whose name ends in `suffix`, or for an empty one in
// ".N". What a live process writes stays, and so does everything where that cannot be known: on a file system that may be shared
// with other machines, of another user, a folder with folders in it.
void remove_left(std::filesystem::path const& place, std::string_view suffix);

}  // namespace detail::unfinished

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/io/paths/leftovers.ipp>
#endif
