// SPDX-License-Identifier: Apache-2.0
#pragma once
// A mapped file that another process cuts short, or whose disk fails, ends the reading process by SIGBUS. A program that asks for
// it ends with one line that names the file instead, and status 1.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ease::inline v1 {

namespace detail {

// The files that are mapped now, for the handler: it may not take a lock or memory. Those beyond the table's size are mapped all
// the same, and not named.
class mapped_names {
 public:
  void add(void const* at, std::size_t size, std::string_view name) noexcept {
    for (auto& one : slots_) {
      bool free = false;
      if (!one.taken.compare_exchange_strong(free, true)) continue;
      one.length = std::min(name.size(), one.name.size());
      std::memcpy(one.name.data(), name.data(), one.length);
      one.size = size;
      one.begin = reinterpret_cast<std::uintptr_t>(at);  // last: from here on it is found
      return;
    }
  }
  void remove(void const* at) noexcept {
    for (auto& one : slots_)
      if (one.taken && one.begin == reinterpret_cast<std::uintptr_t>(at)) {
        one.begin = 0;
        one.taken = false;
        return;
      }
  }
  // Empty if no file is known to be there.
  std::string_view at(void const* address) const noexcept {
    auto const where = reinterpret_cast<std::uintptr_t>(address);
    for (auto const& one : slots_)
      if (auto const begin = one.begin.load(); begin != 0 && where >= begin && where - begin < one.size)
        return {one.name.data(), one.length};
    return {};
  }

 private:
  struct slot {
    std::atomic<bool> taken{false};
    std::atomic<std::uintptr_t> begin{0};
    std::size_t size{0}, length{0};
    std::array<char, 512> name{};
  };
  std::array<slot, 256> slots_{};
};
inline mapped_names names_of_maps{};

}  // namespace detail

// From here on a read behind the end of a mapped file, or one that its disk refuses, writes a line to stderr and ends the process
// with status 1, without destructors: what is written to the disk stays. Other bus errors end it as they always do.
inline void watch_for_lost_files() {
  struct sigaction act {};
  act.sa_sigaction = [](int which, siginfo_t* about, void*) {
    if (about->si_code != BUS_ADRERR) {
      std::signal(which, SIG_DFL);
      if (about->si_code <= 0) ::raise(which);  // another process sent it; else the same instruction gives it again
      return;
    }
    auto const say = [](std::string_view text) {
      while (!text.empty()) {
        auto const count = ::write(STDERR_FILENO, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(count));
      }
    };
    auto const name = detail::names_of_maps.at(about->si_addr);
    say("ease: ");
    say(name.empty() ? std::string_view{"a file that is read"} : name);
    say(" was cut short while it was read, or its disk failed: put the file back whole, and give the same command again\n");
    ::_exit(1);
  };
  act.sa_flags = SA_SIGINFO;
  ::sigemptyset(&act.sa_mask);
  ::sigaction(SIGBUS, &act, nullptr);
}

}  // namespace ease::inline v1
