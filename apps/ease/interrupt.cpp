#include "interrupt.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string_view>

namespace ease::app {

namespace {

std::atomic<int> came{0};  // lock-free, as a signal handler needs
struct sigaction before_interrupt {};
struct sigaction before_terminate {};

void on_signal(int number) {
  if (came.exchange(number) != 0) ::_exit(128 + number);
  constexpr std::string_view text = "\nease: stopping after this step; once more ends at once\n";
  [[maybe_unused]] auto const written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

interruptible::interruptible() {
  struct sigaction ask {};
  ask.sa_handler = on_signal;
  ask.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &ask, &before_interrupt);
  ::sigaction(SIGTERM, &ask, &before_terminate);
}
interruptible::~interruptible() {
  ::sigaction(SIGINT, &before_interrupt, nullptr);
  ::sigaction(SIGTERM, &before_terminate, nullptr);
}
int interruptible::asked() { return came.load(); }

}  // namespace ease::app
