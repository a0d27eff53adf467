// SPDX-License-Identifier: Apache-2.0
#pragma once
// This program, started once more.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ease/core/error.hpp>
#include <string>
#include <vector>

namespace ease::inline v1 {

// Starts it again with other arguments in this process's place, so that who waits for this process waits for that one. `name`
// is its argument 0. Throws if the system refuses.
[[noreturn]] inline void become_this_program(std::string name, std::vector<std::string> arguments) {
  std::vector<char*> argv{name.data()};
  for (auto& word : arguments) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execv("/proc/self/exe", argv.data());
  throw error{"this program cannot be started again: {}", std::strerror(errno)};
}

}  // namespace ease::inline v1
