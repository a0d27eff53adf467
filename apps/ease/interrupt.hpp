#pragma once
// Ctrl-C (SIGINT) and SIGTERM while something runs that can end in good order: the first one asks for that, a second one
// ends the program at once.
#include <ease/io/error.hpp>
#include <string>
#include <utility>

namespace ease::app {

// While one of these lives, the two signals only set asked().
class interruptible {
 public:
  interruptible();
  interruptible(interruptible const&) = delete;
  interruptible& operator=(interruptible const&) = delete;
  ~interruptible();
  static int asked();  // the signal's number; 0: none came
};

// Ends the program with the status that shells give a command ended by `signal`.
struct interrupted : error {
  interrupted(int signal, std::string const& what) : error{what}, status{128 + signal} {}
  int status;
};

}  // namespace ease::app
