// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ctrl-C (or a scheduler's SIGTERM) asks for an end: the running work stops at its next step, what was written stays, and
// the program says how to resume. A second one ends it at once; the journals lose nothing by that either.
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <ease/core/error.hpp>
#include <string_view>

namespace ease::inline v1 {

namespace signals {
inline std::atomic<int> asked_by{0};  // the signal's number; lock-free, as a handler needs
}

// The message of a program that stopped as asked.
struct stopped : error {
  using error::error;
};

// From here on those signals ask instead of killing, and writing to a closed pipe is an error instead of a signal.
inline void watch_signals() {
  struct sigaction once {};
  once.sa_handler = [](int which) {
    if (signals::asked_by.exchange(which) != 0) ::_exit(128 + which);
    constexpr std::string_view text = "\nease: stopping at the next step; once more ends at once\n";
    [[maybe_unused]] auto const written = ::write(STDERR_FILENO, text.data(), text.size());
  };
  once.sa_flags = SA_RESTART;
  for (int const which : {SIGINT, SIGTERM}) ::sigaction(which, &once, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

inline bool stop_asked() { return signals::asked_by != 0; }
inline int exit_status_of_stop() { return 128 + signals::asked_by; }
inline void stop_if_asked() {
  if (stop_asked()) throw stopped{"stopped; the same command resumes"};
}

}  // namespace ease::inline v1
