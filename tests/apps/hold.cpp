// SPDX-License-Identifier: Apache-2.0
// To be preloaded (LD_PRELOAD) into a program that a test wants to meet at a certain point of its work, however fast it is.
// When a file or folder gets a name that matches the pattern EASE_TEST_HOLD_AT, the file EASE_TEST_HELD appears, and the
// program waits until somebody removes that. Once in a process; signals come through meanwhile.
#include <dlfcn.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

extern "C" int rename(char const* from, char const* to) noexcept {
  using function = int (*)(char const*, char const*);
  static auto const real = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "rename"));
  static std::atomic<bool> was_held{false};
  int const result = real(from, to);
  char const* const at = std::getenv("EASE_TEST_HOLD_AT");
  char const* const held = std::getenv("EASE_TEST_HELD");
  if (result != 0 || at == nullptr || held == nullptr || ::fnmatch(at, to, 0) != 0 || was_held.exchange(true)) return result;
  ::close(::open(held, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  while (::access(held, F_OK) == 0) std::this_thread::sleep_for(std::chrono::milliseconds{5});
  return result;
}
