// SPDX-License-Identifier: Apache-2.0
#pragma once
// The program's log (--log): one for all, since one process does one command.
#include <ease/log/event_log.hpp>

namespace ease::app {

inline event_log& logs() {
  static event_log the_log;
  return the_log;
}

}  // namespace ease::app
