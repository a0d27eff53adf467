// SPDX-License-Identifier: Apache-2.0
#pragma once
// The program's log (--log), one for all, since one process does one command; and its voice on stderr.
#include <cstdio>
#include <ease/log/event_log.hpp>
#include <ease/named/model.hpp>
#include <set>
#include <string>

namespace ease::app {

inline event_log& logs() {
  static event_log the_log;
  return the_log;
}

// A line for a person, under the program's name. (A closed stderr is no reason to end.)
inline void tell(std::string const& line) { std::fputs(("ease: " + line + "\n").c_str(), stderr); }

// Once, however often a file is read or a model opened.
inline void tell_once(std::string const& line) {
  static std::set<std::string> said;
  if (said.insert(line).second) tell(line);
}

inline model_notices notices() { return {.log = &logs(), .say = tell, .say_of_files = tell_once}; }

}  // namespace ease::app
