#pragma once
// Ctrl-C (or a scheduler's SIGTERM) asks for an end: what is at work stops at its next step, what was written stays, and the
// program says how to go on. A second one ends it at once; the journals lose nothing by that either.
#include <csignal>
#include <ease/io/error.hpp>

namespace ease::app {

namespace detail {
inline volatile std::sig_atomic_t asked_by = 0;  // the signal's number
}

struct stopped : error {
  using error::error;
};

// From here on those signals ask instead of killing, and writing to a closed pipe is an error instead of a signal.
inline void watch_signals() {
  struct sigaction once {};
  once.sa_handler = [](int which) { detail::asked_by = which; };
  once.sa_flags = static_cast<int>(SA_RESETHAND);  // the second one has its usual effect
  for (int const which : {SIGINT, SIGTERM}) ::sigaction(which, &once, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

inline bool stop_asked() { return detail::asked_by != 0; }
inline int exit_status_of_stop() { return 128 + static_cast<int>(detail::asked_by); }
inline void stop_if_asked() {
  if (stop_asked()) throw stopped{"stopped as asked"};
}

}  // namespace ease::app
