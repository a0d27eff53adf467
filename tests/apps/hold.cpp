// SPDX-License-Identifier: Apache-2.0
// To be preloaded (LD_PRELOAD) into a program that a test wants to meet at a certain point of its work, however fast it is.
// When a file or folder gets a name that matches the pattern EASE_TEST_HOLD_AT, or one that matches EASE_TEST_HOLD_MAP has been
// mapped, the file EASE_TEST_HELD appears, and the program waits until somebody removes that. Once in a process; signals come
// through meanwhile.
#include <dlfcn.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

namespace {
void hold_if(char const* pattern, char const* name) {
  static std::atomic<bool> was_held{false};
  char const* const held = std::getenv("EASE_TEST_HELD");
  if (pattern == nullptr || held == nullptr || ::fnmatch(pattern, name, 0) != 0 || was_held.exchange(true)) return;
  ::close(::open(held, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  while (::access(held, F_OK) == 0) std::this_thread::sleep_for(std::chrono::milliseconds{5});
}
}  // namespace

// By the system call: an allocator maps memory before functions can be looked up.
extern "C" void* mmap(void* at, std::size_t size, int access, int flags, int file, off_t from) noexcept {
  auto* const got = reinterpret_cast<void*>(::syscall(SYS_mmap, at, size, access, flags, file, from));
  char const* const pattern = file < 0 ? nullptr : std::getenv("EASE_TEST_HOLD_MAP");
  if (pattern == nullptr || got == MAP_FAILED) return got;
  std::array<char, 4096> name{};
  auto const link = "/proc/self/fd/" + std::to_string(file);
  if (::readlink(link.c_str(), name.data(), name.size() - 1) > 0) hold_if(pattern, name.data());
  return got;
}

extern "C" int rename(char const* from, char const* to) noexcept {
  using function = int (*)(char const*, char const*);
  static auto const real = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "rename"));
  int const result = real(from, to);
  if (result == 0) hold_if(std::getenv("EASE_TEST_HOLD_AT"), to);
  return result;
}
